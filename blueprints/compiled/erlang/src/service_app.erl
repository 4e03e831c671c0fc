-module(service_app).
-moduledoc "Starts the service, or says in one line why it cannot.".
-behaviour(application).

-include_lib("kernel/include/logger.hrl").

-export([start/2, prep_stop/1, stop/1]).

-spec start(application:start_type(), term()) -> {ok, pid()}.
start(_Type, _Arguments) ->
    maybe
        {ok, Config} ?= service_config:from_env(fun os:getenv/1),
        {ok, Supervisor} ?= service_sup:start_link(Config),
        ?LOG_INFO(#{msg => ~"listening", port => service_listener:port()}),
        {ok, Supervisor}
    else
        {error, {shutdown, {failed_to_start_child, service_listener, Reason}}} ->
            refuse(["cannot listen: ", inet:format_error(Reason)]);
        {error, Message} ->
            refuse(Message)
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
