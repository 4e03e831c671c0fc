-module(service_upstreams).
-moduledoc "Asks the neighbours how they are.".

-export([ask/1]).
-export_type([upstream/0, report/0]).

-type upstream() :: {Name :: binary(), Url :: binary()}.
-type report() :: #{status := ok | unreachable, ms := non_neg_integer()}.
-type transport() :: gen_tcp | ssl.

%% How long one upstream may take to answer, in milliseconds.
-define(UPSTREAM_LIMIT, 2000).

-doc "Asks all of them at once: it takes as long as the slowest one, and no longer than the limit.".
-spec ask([upstream()]) -> #{binary() => report()}.
ask(Upstreams) ->
    Began = erlang:monotonic_time(millisecond),
    Asked = [{Name, spawn_monitor(fun() -> exit(report(Url, Began)) end)} || {Name, Url} <- Upstreams],
    #{Name => await(Asker, Began) || {Name, Asker} <- Asked}.

%% The limit holds whatever an asker is at, because it ends by killing it, and its socket with it.
-spec await({pid(), reference()}, integer()) -> report().
await({Pid, Monitor}, Began) ->
    receive
        {'DOWN', Monitor, process, Pid, #{status := _} = Report} -> Report;
        {'DOWN', Monitor, process, Pid, _Crash} -> unreachable(Began)
    after max(0, ?UPSTREAM_LIMIT - elapsed(Began)) ->
        exit(Pid, kill),
        demonitor(Monitor, [flush]),
        unreachable(Began)
    end.

-spec report(binary(), integer()) -> report().
report(Url, Began) ->
    case request(Url) of
        {ok, Status} when Status >= 200, Status < 300 -> #{status => ok, ms => elapsed(Began)};
        _ -> unreachable(Began)
    end.

-spec unreachable(integer()) -> report().
unreachable(Began) ->
    #{status => unreachable, ms => elapsed(Began)}.

-spec elapsed(integer()) -> non_neg_integer().
elapsed(Began) ->
    erlang:monotonic_time(millisecond) - Began.

%% A GET of which only the head of the response is read: a redirect is not followed, and a body has no time to be long.
-spec request(binary()) -> {ok, Status :: non_neg_integer()} | {error, term()}.
request(Url) ->
    maybe
        #{scheme := Scheme, host := Host, path := _} = Uri ?= uri_string:normalize(Url, [return_map]),
        {ok, Transport, DefaultPort} ?= transport(Scheme),
        {ok, Socket} ?= connect(Transport, binary_to_list(Host), maps:get(port, Uri, DefaultPort)),
        ok ?= Transport:send(Socket, message(Uri)),
        status(Transport, Socket)
    else
        _ -> {error, unreachable}
    end.

-spec transport(binary()) -> {ok, transport(), inet:port_number()} | error.
transport(~"http") -> {ok, gen_tcp, 80};
transport(~"https") -> {ok, ssl, 443};
transport(_Scheme) -> error.

-spec connect(transport(), string(), non_neg_integer()) -> {ok, Socket :: term()} | {error, term()}.
connect(Transport, Host, Port) when Host =/= "", Port =< 65535 ->
    Address = address(Host),
    Options = [binary, {active, false}, {packet, http_bin} | options(Transport)],
    case Transport:connect(Address, Port, Options) of
        {error, nxdomain} -> Transport:connect(Address, Port, [inet6 | Options]);
        Connected -> Connected
    end;
connect(_Transport, _Host, _Port) ->
    {error, bad_url}.

-spec address(string()) -> inet:ip_address() | string().
address(Host) ->
    case inet:parse_address(Host) of
        {ok, Address} -> Address;
        {error, einval} -> Host
    end.

-spec options(transport()) -> [ssl:tls_client_option()].
options(gen_tcp) ->
    [];
options(ssl) ->
    Match = public_key:pkix_verify_hostname_match_fun(https),
    [
        {verify, verify_peer},
        {cacerts, public_key:cacerts_get()},
        {customize_hostname_check, [{match_fun, Match}]}
    ].

-spec message(uri_string:uri_map()) -> iodata().
message(Uri) ->
    <<"//", Authority/binary>> = uri_string:recompose((maps:with([host, port], Uri))#{path => ~""}),
    Target = uri_string:recompose(maps:with([path, query], Uri)),
    ["GET ", Target, " HTTP/1.1\r\nhost: ", Authority, "\r\nconnection: close\r\n\r\n"].

-spec status(transport(), term()) -> {ok, non_neg_integer()} | {error, term()}.
status(Transport, Socket) ->
    case Transport:recv(Socket, 0) of
        {ok, {http_response, {1, _Minor}, Status, _Reason}} -> headers(Transport, Socket, Status);
        {ok, _Nonsense} -> {error, nonsense};
        {error, Reason} -> {error, Reason}
    end.

-spec headers(transport(), term(), non_neg_integer()) -> {ok, non_neg_integer()} | {error, term()}.
headers(Transport, Socket, Status) ->
    case Transport:recv(Socket, 0) of
        {ok, {http_header, _Bit, _Name, _AsSent, _Value}} -> headers(Transport, Socket, Status);
        %% 1xx only announces the response.
        {ok, http_eoh} when Status < 200 -> status(Transport, Socket);
        {ok, http_eoh} -> {ok, Status};
        {ok, _Nonsense} -> {error, nonsense};
        {error, Reason} -> {error, Reason}
    end.
