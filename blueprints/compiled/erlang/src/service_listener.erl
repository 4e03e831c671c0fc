-module(service_listener).
-moduledoc "Owns the listening socket, and hands every connection to a process of its own.".
-behaviour(gen_server).

-include_lib("kernel/include/logger.hrl").

-export([start_link/1, port/0]).
-export([init/1, handle_call/3, handle_cast/2]).

%% The pause before the next try when the system has no file descriptor or memory left, in milliseconds.
-define(ACCEPT_PAUSE, 100).

-spec start_link(inet:port_number()) -> gen_server:start_ret().
start_link(Port) ->
    gen_server:start_link({local, ?MODULE}, ?MODULE, Port, []).

-doc "The port that it listens on: the one it was given, or the one that the system chose for 0.".
-spec port() -> inet:port_number().
port() ->
    gen_server:call(?MODULE, port).

-spec init(inet:port_number()) -> {ok, gen_tcp:socket()} | {error, inet:posix()}.
init(Port) ->
    Options = [
        binary,
        {ip, {0, 0, 0, 0}},
        {active, false},
        {reuseaddr, true},
        {nodelay, true},
        {backlog, 1024},
        {send_timeout, 5000},
        {send_timeout_close, true}
    ],
    maybe
        {ok, Socket} ?= gen_tcp:listen(Port, Options),
        _ = proc_lib:spawn_link(fun() -> accept(Socket) end),
        {ok, Socket}
    end.

-spec handle_call(port, gen_server:from(), gen_tcp:socket()) -> {reply, inet:port_number(), gen_tcp:socket()}.
handle_call(port, _From, Socket) ->
    {ok, Port} = inet:port(Socket),
    {reply, Port, Socket}.

-spec handle_cast(term(), gen_tcp:socket()) -> {noreply, gen_tcp:socket()}.
handle_cast(_Message, Socket) ->
    {noreply, Socket}.

-spec accept(gen_tcp:socket()) -> no_return().
accept(ListenSocket) ->
    case gen_tcp:accept(ListenSocket) of
        {ok, Socket} ->
            {ok, Connection} = service_connection_sup:start_child(Socket),
            service_connection:hand_over(Socket, Connection);
        {error, closed} ->
            exit(shutdown);
        {error, Reason} ->
            ?LOG_WARNING(#{msg => ~"cannot accept", reason => Reason}),
            timer:sleep(?ACCEPT_PAUSE)
    end,
    accept(ListenSocket).
