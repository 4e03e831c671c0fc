-module(service_config_tests).

-include_lib("eunit/include/eunit.hrl").

from(Environment) ->
    service_config:from_env(fun(Key) -> maps:get(Key, Environment, false) end).

defaults_test() ->
    Defaults = #{port => 8080, name => ~"service", version => ~"dev", upstreams => []},
    ?assertEqual({ok, Defaults}, from(#{})),
    Empty = #{Key => "" || Key <- ["PORT", "SERVICE_NAME", "SERVICE_VERSION", "UPSTREAMS"]},
    ?assertEqual({ok, Defaults}, from(Empty)).

everything_set_test() ->
    Expected = #{
        port => 9090,
        name => ~"örders",
        version => ~"1.2.3",
        upstreams => [
            {~"users", ~"http://users:8080/healthz"},
            {~"stock", ~"http://stock:8080/?a=b"},
            {~"odd", ~""}
        ]
    },
    Environment = #{
        "PORT" => "9090",
        "SERVICE_NAME" => "örders",
        "SERVICE_VERSION" => "1.2.3",
        "UPSTREAMS" => " users = http://users:8080/healthz ,, stock=http://stock:8080/?a=b,odd, =http://nameless"
    },
    ?assertEqual({ok, Expected}, from(Environment)).

the_first_and_the_last_port_test() ->
    ?assertMatch({ok, #{port := 1}}, from(#{"PORT" => "1"})),
    ?assertMatch({ok, #{port := 65535}}, from(#{"PORT" => "65535"})).

bad_port_test_() ->
    [
        {Port, fun() ->
            {error, Message} = from(#{"PORT" => Port}),
            Line = unicode:characters_to_list(Message),
            ?assertMatch("PORT must be a number from 1 to 65535, not \"" ++ _, Line),
            ?assertNot(lists:member($\n, Line))
        end}
     || Port <- ["http", "0", "65536", "-1", "+80", "80 80", " 80", "8_0", "80.0", "80\n", "٨٠"]
    ].
