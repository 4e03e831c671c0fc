-module(service_app).
-moduledoc "Starts the service, or says in one line why it cannot.".
-behaviour(application).

-include_lib("kernel/include/logger.hrl").

-export([start/2, prep_stop/1, stop/1]).

-spec start(application:start_type(), term()) -> {ok, pid()} | {error, term()}.
start(_Type, _Arguments) ->
    case service_config:from_env(fun os:getenv/1) of
        {ok, Config} -> start(Config);
        {error, Message} -> refuse(Message)
    end.

-spec start(service_config:config()) -> {ok, pid()} | {error, term()}.
start(Config) ->
    case service_sup:start_link(Config) of
        {ok, Supervisor} ->
            ?LOG_INFO(#{msg => ~"listening", port => service_listener:port()}),
            {ok, Supervisor};
        {error, {shutdown, {failed_to_start_child, service_listener, Reason}}} ->
            refuse(["cannot listen: ", inet:format_error(Reason)]);
        {error, Reason} ->
            {error, Reason}
    end.

-doc "The supervision tree does the rest: it stops to listen first, then waits for the connections.".
-spec prep_stop(State) -> State.
prep_stop(State) ->
    ?LOG_INFO(#{msg => ~"stopping"}),
    State.

-spec stop(term()) -> ok.
stop(_State) ->
    ?LOG_INFO(#{msg => ~"stopped"}).

%% Halts here, because an error returned from start/2 ends in a crash report and a crash dump: noise around a typo.
-spec refuse(unicode:chardata()) -> no_return().
refuse(Message) ->
    io:format(standard_error, "~ts~n", [Message]),
    halt(1).
