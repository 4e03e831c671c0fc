-module(service_connection_sup).
-moduledoc "One process a connection: a crash in one is nobody else's.".
-behaviour(supervisor).

-export([start_link/1, start_child/1, init/1]).

%% How long requests that have begun may take once the service is told to stop, in milliseconds.
-define(SHUTDOWN_LIMIT, 4000).

-spec start_link(service_connection:handler()) -> supervisor:startlink_ret().
start_link(Handler) ->
    supervisor:start_link({local, ?MODULE}, ?MODULE, Handler).

-spec start_child(gen_tcp:socket()) -> supervisor:startchild_ret().
start_child(Socket) ->
    supervisor:start_child(?MODULE, [Socket]).

-spec init(service_connection:handler()) -> {ok, {supervisor:sup_flags(), [supervisor:child_spec()]}}.
init(Handler) ->
    Connection = #{
        id => service_connection,
        start => {service_connection, start_link, [Handler]},
        restart => temporary,
        shutdown => ?SHUTDOWN_LIMIT
    },
    {ok, {#{strategy => simple_one_for_one}, [Connection]}}.
