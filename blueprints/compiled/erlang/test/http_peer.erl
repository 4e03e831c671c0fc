-module(http_peer).
-moduledoc "Both other sides of the service: a client that asks it, and upstreams that it asks.".

-export([get/2, ask/2, connect/1, receive_response/1, upstream/1, answering/1, url/1]).

get(Port, Path) ->
    ask(Port, ["GET ", Path, " HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n"]).

%% Sends what it is told to, and returns the one response that comes before the connection is closed.
ask(Port, Bytes) ->
    Socket = connect(Port),
    _ = gen_tcp:send(Socket, Bytes),
    Response = receive_response(Socket),
    {error, Reason} = gen_tcp:recv(Socket, 0, 5000),
    true = Reason =/= timeout,
    gen_tcp:close(Socket),
    Response.

connect(Port) ->
    {ok, Socket} = gen_tcp:connect({127, 0, 0, 1}, Port, [binary, {active, false}, {packet, http_bin}]),
    Socket.

receive_response(Socket) ->
    ok = inet:setopts(Socket, [{packet, http_bin}]),
    {ok, {http_response, {1, 1}, Status, _Reason}} = gen_tcp:recv(Socket, 0, 5000),
    #{~"content-length" := Length} = Headers = headers(Socket),
    ok = inet:setopts(Socket, [{packet, raw}]),
    case gen_tcp:recv(Socket, binary_to_integer(Length), 500) of
        {ok, Body} -> {Status, Headers, json:decode(Body)};
        {error, _NoBody} -> {Status, Headers, none}
    end.

headers(Socket) ->
    case gen_tcp:recv(Socket, 0, 5000) of
        {ok, {http_header, _Bit, _Name, Name, Value}} -> (headers(Socket))#{string:lowercase(Name) => Value};
        {ok, http_eoh} -> #{}
    end.

%% Listens until the test ends, and lets Serve have every connection, with the request that has come on it.
upstream(Serve) ->
    Test = self(),
    spawn_link(fun() ->
        {ok, Listener} = gen_tcp:listen(0, [binary, {active, false}, {ip, {127, 0, 0, 1}}]),
        Test ! {listening, self(), inet:port(Listener)},
        accept(Listener, Serve)
    end),
    receive
        {listening, _Pid, {ok, Port}} -> url(Port)
    end.

answering(Bytes) ->
    upstream(fun(Socket, _Request) -> gen_tcp:send(Socket, Bytes) end).

url(Port) ->
    <<"http://127.0.0.1:", (integer_to_binary(Port))/binary>>.

accept(Listener, Serve) ->
    {ok, Socket} = gen_tcp:accept(Listener),
    Server = spawn_link(fun() ->
        receive
            go -> ok
        end,
        {ok, Request} = gen_tcp:recv(Socket, 0),
        Serve(Socket, Request),
        gen_tcp:close(Socket)
    end),
    ok = gen_tcp:controlling_process(Socket, Server),
    Server ! go,
    accept(Listener, Serve).
