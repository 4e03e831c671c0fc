-module(service_upstreams_tests).

-include_lib("eunit/include/eunit.hrl").
-include_lib("public_key/include/public_key.hrl").

every_kind_of_upstream_test_() ->
    {timeout, 10, fun() ->
        Hang = fun(_Socket, _Request) -> timer:sleep(infinity) end,
        Answers = #{
            ~"live" => {ok, http_peer:answering("HTTP/1.1 204 No Content\r\n\r\n")},
            ~"patient" => {ok, http_peer:answering("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\n\r\n")},
            ~"endless" => {ok, http_peer:upstream(fun endless/2)},
            ~"failing" => {unreachable, http_peer:answering("HTTP/1.1 500 Oops\r\n\r\n")},
            ~"redirecting" => {unreachable, http_peer:answering("HTTP/1.1 302 Found\r\nlocation: /\r\n\r\n")},
            ~"nonsense" => {unreachable, http_peer:answering("what?\r\n")},
            ~"breaking off" => {unreachable, http_peer:answering("HTTP/1.1 200 OK\r\nx-y")},
            ~"slow" => {unreachable, http_peer:upstream(Hang)},
            ~"slower" => {unreachable, http_peer:upstream(Hang)},
            ~"trickling" => {unreachable, http_peer:upstream(fun trickle/2)},
            ~"dead" => {unreachable, http_peer:url(1)},
            ~"unknown" => {unreachable, ~"http://nowhere.invalid/"},
            ~"empty" => {unreachable, ~""},
            ~"malformed" => {unreachable, ~"http://a b/"},
            ~"port" => {unreachable, ~"http://127.0.0.1:99999/"},
            ~"gopher" => {unreachable, ~"gopher://127.0.0.1/"}
        },
        {Microseconds, Reports} = timer:tc(fun() ->
            service_upstreams:ask([{Name, Url} || Name := {_Status, Url} <- Answers])
        end),
        %% Asked one after another, three of them alone would take 6 s.
        ?assert(Microseconds < 3_000_000),
        ?assertEqual(
            #{Name => Status || Name := {Status, _Url} <- Answers},
            #{Name => Status || Name := #{status := Status} <- Reports}
        ),
        ?assertMatch(#{~"slow" := #{ms := Milliseconds}} when Milliseconds >= 2000, Reports),
        ?assertMatch(#{~"live" := #{ms := Milliseconds}} when Milliseconds < 2000, Reports)
    end}.

the_request_test() ->
    Test = self(),
    Url = http_peer:upstream(fun(Socket, Request) ->
        Test ! Request,
        gen_tcp:send(Socket, "HTTP/1.1 200 OK\r\n\r\n")
    end),
    ?assertMatch(#{~"a" := #{status := ok}}, service_upstreams:ask([{~"a", <<Url/binary, "/path?q=1#part">>}])),
    <<"http://", Authority/binary>> = Url,
    Expected = <<"GET /path?q=1 HTTP/1.1\r\nhost: ", Authority/binary, "\r\nconnection: close\r\n\r\n">>,
    receive
        Request -> ?assertEqual(Expected, Request)
    end.

tls_test_() ->
    {setup, fun tls_upstream/0, fun forget/1, fun({Url, Authorities}) ->
        [
            ?_assertEqual(unreachable, status(Url)),
            fun() ->
                ok = public_key:cacerts_load(Authorities),
                ?assertEqual(ok, status(Url))
            end
        ]
    end}.

status(Url) ->
    #{~"a" := #{status := Status}} = service_upstreams:ask([{~"a", Url}]),
    Status.

%% An https upstream, and the file that holds the authority to trust for it.
tls_upstream() ->
    {ok, _Started} = application:ensure_all_started(ssl),
    ok = logger:set_application_level(ssl, none),
    Localhost = #'Extension'{extnID = ?'id-ce-subjectAltName', extnValue = [{dNSName, "localhost"}], critical = false},
    Options = [{digest, sha256}, {key, {namedCurve, secp256r1}}],
    Chain = #{root => Options, intermediates => [], peer => [{extensions, [Localhost]} | Options]},
    #{server_config := Server, client_config := Client} =
        public_key:pkix_test_data(#{server_chain => Chain, client_chain => Chain}),
    File = filename:join(os:getenv("TMPDIR", "/tmp"), "service_upstreams_tests.pem"),
    Certificates = [{'Certificate', Der, not_encrypted} || Der <- proplists:get_value(cacerts, Client)],
    ok = file:write_file(File, public_key:pem_encode(Certificates)),
    Test = self(),
    spawn(fun() ->
        {ok, Listener} = ssl:listen(0, [{active, false}, {log_level, none} | Server]),
        Test ! ssl:sockname(Listener),
        serve_tls(Listener)
    end),
    receive
        {ok, {_Address, Port}} -> {<<"https://localhost:", (integer_to_binary(Port))/binary>>, File}
    end.

forget(_Upstream) ->
    public_key:cacerts_clear(),
    logger:unset_application_level(ssl).

serve_tls(Listener) ->
    {ok, Accepted} = ssl:transport_accept(Listener),
    maybe
        {ok, Socket} ?= ssl:handshake(Accepted),
        {ok, _Request} ?= ssl:recv(Socket, 0),
        ok ?= ssl:send(Socket, "HTTP/1.1 200 OK\r\n\r\n"),
        ssl:close(Socket)
    end,
    serve_tls(Listener).

endless(Socket, Request) ->
    case gen_tcp:send(Socket, "HTTP/1.1 200 OK\r\n\r\n" ++ lists:duplicate(1000, $x)) of
        ok -> endless(Socket, Request);
        {error, _Closed} -> ok
    end.

trickle(Socket, Request) ->
    case gen_tcp:send(Socket, "HTTP/1.1 200 OK\r\nx: y\r\n") of
        ok ->
            timer:sleep(100),
            trickle(Socket, Request);
        {error, _Closed} ->
            ok
    end.
