-module(service_config).
-moduledoc "What the environment configures: PORT, SERVICE_NAME, SERVICE_VERSION and UPSTREAMS.".

-export([from_env/1]).
-export_type([config/0]).

-type config() :: #{
    port := inet:port_number(),
    name := binary(),
    version := binary(),
    upstreams := [service_upstreams:upstream()]
}.
-type getenv() :: fun((string()) -> string() | false).

-doc "Reads the configuration through `Getenv`, which is `os:getenv/1` outside of tests.".
-spec from_env(getenv()) -> {ok, config()} | {error, unicode:chardata()}.
from_env(Getenv) ->
    maybe
        {ok, Port} ?= port(value(Getenv("PORT"), ~"8080")),
        {ok, #{
            port => Port,
            name => value(Getenv("SERVICE_NAME"), ~"service"),
            version => value(Getenv("SERVICE_VERSION"), ~"dev"),
            upstreams => upstreams(value(Getenv("UPSTREAMS"), ~""))
        }}
    end.

-spec value(string() | false, binary()) -> binary().
value(false, Default) -> Default;
value("", Default) -> Default;
value(Value, _Default) -> unicode:characters_to_binary(Value).

-spec port(binary()) -> {ok, inet:port_number()} | {error, unicode:chardata()}.
port(Value) ->
    maybe
        %% binary_to_integer/1 would take a sign, too.
        match ?= re:run(Value, ~"\\A[0-9]+\\z", [{capture, none}]),
        Port = binary_to_integer(Value),
        true ?= Port >= 1 andalso Port =< 65535,
        {ok, Port}
    else
        %% As a JSON string the value stays on one line and ASCII, whatever is in it.
        _ -> {error, ["PORT must be a number from 1 to 65535, not ", json:encode_binary_escape_all(Value)]}
    end.

%% An item without a URL stays in the list: asking it shows what is wrong.
-spec upstreams(binary()) -> [service_upstreams:upstream()].
upstreams(Value) ->
    [Upstream || Item <- string:split(Value, ",", all), {Name, _} = Upstream <- [upstream(Item)], Name =/= ~""].

-spec upstream(binary()) -> service_upstreams:upstream().
upstream(Item) ->
    case string:split(Item, "=") of
        [Name, Url] -> {string:trim(Name), string:trim(Url)};
        [Name] -> {string:trim(Name), ~""}
    end.
