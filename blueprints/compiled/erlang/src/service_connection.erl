-module(service_connection).
-moduledoc "The process of one connection: request by request, until one side has had enough.".

-include_lib("kernel/include/logger.hrl").

-export([start_link/2, hand_over/2, init/2]).
-export_type([handler/0, answer/0]).

-type handler() :: fun((service_http:request()) -> answer()).
-type answer() :: {Status :: 200..599, Headers :: #{binary() => binary()}, Json :: map()}.

%% How long a client may take to read its last response, in milliseconds.
-define(LINGER_LIMIT, 1000).

-spec start_link(handler(), gen_tcp:socket()) -> {ok, pid()}.
start_link(Handler, Socket) ->
    {ok, proc_lib:spawn_link(?MODULE, init, [Handler, Socket])}.

-doc "Makes the connection the owner of its socket; only the process that accepted it can.".
-spec hand_over(gen_tcp:socket(), pid()) -> ok.
hand_over(Socket, Connection) ->
    _ = gen_tcp:controlling_process(Socket, Connection),
    Connection ! {?MODULE, handed_over},
    ok.

%% Exits are trapped, so that a supervisor that stops is a message, read between two requests.
-spec init(handler(), gen_tcp:socket()) -> ok.
init(Handler, Socket) ->
    process_flag(trap_exit, true),
    receive
        {?MODULE, handed_over} -> serve(Handler, Socket, ~"");
        {'EXIT', _From, _Reason} -> ok
    end.

-spec serve(handler(), gen_tcp:socket(), binary()) -> ok.
serve(Handler, Socket, Buffer) ->
    case service_http:read(Socket, Buffer) of
        {ok, Request, Rest} ->
            case answer(Handler, Socket, Request) of
                keep_alive -> serve(Handler, Socket, Rest);
                close -> close(Socket)
            end;
        {reject, Status} ->
            ?LOG_INFO(#{msg => ~"bad request", status => Status}),
            _ = service_http:write(Socket, ~"GET", {Status, #{}, json:encode(#{error => ~"bad request"})}, close),
            close(Socket);
        closed ->
            gen_tcp:close(Socket)
    end.

-spec answer(handler(), gen_tcp:socket(), service_http:request()) -> service_http:connection().
answer(Handler, Socket, #{method := Method, path := Path} = Request) ->
    Began = erlang:monotonic_time(millisecond),
    {Status, _Headers, _Json} = Response = respond(Handler, Request),
    Connection = connection(Request),
    _ = service_http:write(Socket, Method, Response, Connection),
    ?LOG_INFO(#{
        msg => ~"request",
        method => Method,
        path => Path,
        status => Status,
        ms => erlang:monotonic_time(millisecond) - Began
    }),
    Connection.

%% Turns a bug into an answer that gives nothing away.
-spec respond(handler(), service_http:request()) -> service_http:response().
respond(Handler, Request) ->
    try
        {Status, Headers, Json} = Handler(Request),
        {Status, Headers, json:encode(Json)}
    catch
        Class:Reason:Stacktrace ->
            ?LOG_ERROR(#{msg => ~"crash", reason => {Class, Reason}, stacktrace => Stacktrace}),
            {500, #{}, json:encode(#{error => ~"internal error"})}
    end.

%% A service that stops does not ask for another request.
-spec connection(service_http:request()) -> service_http:connection().
connection(#{connection := Connection}) ->
    receive
        {'EXIT', _From, _Reason} -> close
    after 0 -> Connection
    end.

%% Closing a socket with unread data resets the connection, which can overtake the response: so the client closes first.
-spec close(gen_tcp:socket()) -> ok.
close(Socket) ->
    _ = inet:setopts(Socket, [{active, false}]),
    _ = gen_tcp:shutdown(Socket, write),
    discard(Socket, erlang:monotonic_time(millisecond) + ?LINGER_LIMIT).

-spec discard(gen_tcp:socket(), integer()) -> ok.
discard(Socket, Deadline) ->
    case gen_tcp:recv(Socket, 0, max(0, Deadline - erlang:monotonic_time(millisecond))) of
        {ok, _Data} -> discard(Socket, Deadline);
        {error, _Reason} -> gen_tcp:close(Socket)
    end.
