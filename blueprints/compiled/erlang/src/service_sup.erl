-module(service_sup).
-moduledoc """
The supervision tree, whose order is the graceful shutdown.

Children stop in the reverse of their order: first the listener, so that nothing new comes in, then the connections,
each of which finishes the request that it is at.
""".
-behaviour(supervisor).

-export([start_link/1, init/1]).

-spec start_link(service_config:config()) -> supervisor:startlink_ret().
start_link(Config) ->
    supervisor:start_link({local, ?MODULE}, ?MODULE, Config).

-spec init(service_config:config()) -> {ok, {supervisor:sup_flags(), [supervisor:child_spec()]}}.
init(Config) ->
    Handler = fun(Request) -> service_routes:handle(Request, Config) end,
    Connections = #{
        id => service_connection_sup,
        start => {service_connection_sup, start_link, [Handler]},
        type => supervisor
    },
    Listener = #{
        id => service_listener,
        start => {service_listener, start_link, [maps:get(port, Config)]}
    },
    {ok, {#{strategy => rest_for_one}, [Connections, Listener]}}.
