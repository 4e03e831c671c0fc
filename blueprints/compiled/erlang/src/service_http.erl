-module(service_http).
-moduledoc "HTTP/1.1 on a socket: reads one request, writes one response.".

-export([read/2, write/4]).
-export_type([request/0, response/0, connection/0]).

-type request() :: #{
    method := binary(),
    %% As it was sent, without the query.
    path := binary(),
    %% What follows the question mark, for uri_string:dissect_query/1.
    query := binary(),
    %% By their names in lower case.
    headers := headers(),
    body := binary(),
    %% Whether the client and the request allow the connection to serve another one.
    connection := connection()
}.
-type response() :: {Status :: 200..599, Headers :: #{binary() => binary()}, Json :: iodata()}.
-type connection() :: keep_alive | close.
-type headers() :: #{Name :: binary() => binary()}.
-type rejection() :: {reject, Status :: 400..499} | closed.

%% How long a connection may be silent between requests, and how long a request may take to come in; milliseconds.
-define(IDLE_LIMIT, 60_000).
-define(READ_LIMIT, 5_000).
%% Where a line that does not end, and a list of headers that does not end, are given up.
-define(LINE_LIMIT, 8192).
-define(HEADERS_LIMIT, 100).
%% How many bytes a body may have: it is held in memory.
-define(BODY_LIMIT, 1_048_576).

-doc """
Reads the next request, of which `Buffer` is what has already come.

The caller owns the socket and traps exits. Being told to exit ends its wait for a request, but not a request that has
begun. A body has to say its length beforehand.
""".
-spec read(gen_tcp:socket(), binary()) -> {ok, request(), Rest :: binary()} | rejection().
read(Socket, ~"") ->
    maybe
        ok ?= activate(Socket),
        receive
            {tcp, Socket, Data} -> read(Socket, Data);
            {tcp_closed, Socket} -> closed;
            {tcp_error, Socket, _Reason} -> closed;
            {'EXIT', _From, _Reason} -> closed
        after ?IDLE_LIMIT -> closed
        end
    end;
read(Socket, Buffer) ->
    Deadline = erlang:monotonic_time(millisecond) + ?READ_LIMIT,
    maybe
        {ok, Line, AfterLine} ?= packet(http_bin, Socket, Buffer, Deadline),
        {ok, Headers, AfterHeaders} ?= headers(Socket, AfterLine, Deadline, #{}, ?HEADERS_LIMIT),
        {ok, Head} ?= head(Line, Headers),
        {ok, Length} ?= body_length(Headers),
        ok ?= invite(Socket, Headers),
        {ok, Body, Rest} ?= body(Socket, AfterHeaders, Deadline, Length),
        {ok, Head#{body => Body}, Rest}
    end.

-doc "Writes a response to a request of that method: to `HEAD` without the body.".
-spec write(gen_tcp:socket(), Method :: binary(), response(), connection()) -> ok | {error, term()}.
write(Socket, Method, {Status, Headers, Json}, Connection) ->
    AllHeaders = Headers#{
        ~"date" => date(calendar:universal_time()),
        ~"content-type" => ~"application/json",
        ~"content-length" => integer_to_binary(iolist_size(Json)),
        ~"connection" => connection_header(Connection)
    },
    Head = [
        ["HTTP/1.1 ", integer_to_binary(Status), " ", reason(Status), "\r\n"],
        [[Name, ": ", Value, "\r\n"] || Name := Value <- AllHeaders],
        "\r\n"
    ],
    gen_tcp:send(Socket, [Head, [Json || Method =/= ~"HEAD"]]).

-spec headers(gen_tcp:socket(), binary(), integer(), headers(), non_neg_integer()) ->
    {ok, headers(), Rest :: binary()} | rejection().
headers(_Socket, _Buffer, _Deadline, _Headers, 0) ->
    {reject, 431};
headers(Socket, Buffer, Deadline, Headers, Left) ->
    case packet(httph_bin, Socket, Buffer, Deadline) of
        {ok, {http_header, _Bit, _Field, AsSent, Value}, Rest} ->
            Name = string:lowercase(AsSent),
            %% A header that is repeated is a list, so that no second Content-Length can hide a first one.
            Added = maps:update_with(Name, fun(First) -> <<First/binary, ", ", Value/binary>> end, Value, Headers),
            headers(Socket, Rest, Deadline, Added, Left - 1);
        {ok, http_eoh, Rest} ->
            {ok, Headers, Rest};
        Rejection ->
            Rejection
    end.

%% One line of the head of a request, taken apart by the HTTP parser of the runtime.
-spec packet(http_bin | httph_bin, gen_tcp:socket(), binary(), integer()) ->
    {ok, Packet :: term(), Rest :: binary()} | rejection().
packet(Type, Socket, Buffer, Deadline) ->
    case erlang:decode_packet(Type, Buffer, []) of
        {ok, {http_error, _Line}, _Rest} ->
            {reject, 400};
        {ok, Packet, Rest} ->
            {ok, Packet, Rest};
        {more, _Length} when byte_size(Buffer) > ?LINE_LIMIT ->
            {reject, 431};
        {more, _Length} ->
            maybe
                {ok, Data} ?= more(Socket, Deadline),
                packet(Type, Socket, <<Buffer/binary, Data/binary>>, Deadline)
            end;
        {error, _Reason} ->
            {reject, 400}
    end.

-spec more(gen_tcp:socket(), integer()) -> {ok, binary()} | rejection().
more(Socket, Deadline) ->
    maybe
        ok ?= activate(Socket),
        receive
            {tcp, Socket, Data} -> {ok, Data};
            {tcp_closed, Socket} -> closed;
            {tcp_error, Socket, _Reason} -> closed
        after max(0, Deadline - erlang:monotonic_time(millisecond)) -> {reject, 408}
        end
    end.

%% The next data comes as a message, so that a process can wait for it and for an exit signal at once.
-spec activate(gen_tcp:socket()) -> ok | closed.
activate(Socket) ->
    case inet:setopts(Socket, [{active, once}]) of
        ok -> ok;
        {error, _Reason} -> closed
    end.

%% A request that has everything but its body.
-spec head(term(), headers()) -> {ok, map()} | rejection().
head({http_request, Method, Target, {1, Minor}}, Headers) ->
    maybe
        {ok, Path, Query} ?= path(Target),
        true ?= Minor =:= 0 orelse is_map_key(~"host", Headers),
        {ok, #{
            method => if is_atom(Method) -> atom_to_binary(Method); true -> Method end,
            path => Path,
            query => Query,
            headers => Headers,
            connection => connection(Minor, Headers)
        }}
    else
        _ -> {reject, 400}
    end;
head(_Line, _Headers) ->
    {reject, 400}.

-spec path(term()) -> {ok, Path :: binary(), Query :: binary()} | error.
path({abs_path, Target}) ->
    case binary:split(Target, ~"?") of
        [Path, Query] -> {ok, Path, Query};
        [Path] -> {ok, Path, ~""}
    end;
path({absoluteURI, _Scheme, _Host, _Port, Target}) ->
    path({abs_path, Target});
path('*') ->
    {ok, ~"*", ~""};
path(_Target) ->
    error.

-spec body_length(headers()) -> {ok, non_neg_integer()} | rejection().
body_length(#{~"transfer-encoding" := _Chunked}) ->
    {reject, 411};
body_length(#{~"content-length" := Value}) ->
    case re:run(Value, ~"\\A[0-9]+\\z", [{capture, none}]) of
        match -> within_limit(binary_to_integer(Value));
        nomatch -> {reject, 400}
    end;
body_length(_Headers) ->
    {ok, 0}.

-spec within_limit(non_neg_integer()) -> {ok, non_neg_integer()} | rejection().
within_limit(Length) when Length =< ?BODY_LIMIT -> {ok, Length};
within_limit(_Length) -> {reject, 413}.

%% Some clients ask before they send a long body, and wait a while for the answer.
-spec invite(gen_tcp:socket(), headers()) -> ok | closed.
invite(Socket, #{~"expect" := ~"100-continue"}) ->
    case gen_tcp:send(Socket, "HTTP/1.1 100 Continue\r\n\r\n") of
        ok -> ok;
        {error, _Reason} -> closed
    end;
invite(_Socket, _Headers) ->
    ok.

-spec body(gen_tcp:socket(), binary(), integer(), non_neg_integer()) ->
    {ok, Body :: binary(), Rest :: binary()} | rejection().
body(_Socket, Buffer, _Deadline, Length) when byte_size(Buffer) >= Length ->
    <<Body:Length/binary, Rest/binary>> = Buffer,
    {ok, Body, Rest};
body(Socket, Buffer, Deadline, Length) ->
    maybe
        {ok, Data} ?= more(Socket, Deadline),
        body(Socket, <<Buffer/binary, Data/binary>>, Deadline, Length)
    end.

-spec connection(Minor :: non_neg_integer(), headers()) -> connection().
connection(Minor, Headers) ->
    %% What a client sent need not be UTF-8.
    Value = unicode:characters_to_binary(maps:get(~"connection", Headers, ~""), latin1),
    Options = string:lexemes(string:lowercase(Value), ", "),
    Lasts = Minor >= 1 orelse lists:member(~"keep-alive", Options),
    case Lasts andalso not lists:member(~"close", Options) of
        true -> keep_alive;
        false -> close
    end.

-spec connection_header(connection()) -> binary().
connection_header(keep_alive) -> ~"keep-alive";
connection_header(close) -> ~"close".

-spec date(calendar:datetime()) -> binary().
date({{Year, Month, Day} = Date, {Hour, Minute, Second}}) ->
    Weekday = element(calendar:day_of_the_week(Date), {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}),
    Months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
    Format = "~s, ~2..0w ~s ~4..0w ~2..0w:~2..0w:~2..0w GMT",
    iolist_to_binary(io_lib:format(Format, [Weekday, Day, element(Month, Months), Year, Hour, Minute, Second])).

-spec reason(200..599) -> string().
reason(200) -> "OK";
reason(400) -> "Bad Request";
reason(404) -> "Not Found";
reason(405) -> "Method Not Allowed";
reason(408) -> "Request Timeout";
reason(411) -> "Length Required";
reason(413) -> "Content Too Large";
reason(431) -> "Request Header Fields Too Large";
reason(500) -> "Internal Server Error";
reason(_Status) -> "".
