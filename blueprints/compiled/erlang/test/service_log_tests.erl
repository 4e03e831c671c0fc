-module(service_log_tests).

-include_lib("eunit/include/eunit.hrl").

%% 2026-11-24T12:00:00.5Z in microseconds, as logger has it.
-define(TIME, 1_795_521_600_500_000).

format(Level, Message) ->
    Line = iolist_to_binary(service_log:format(#{level => Level, msg => Message, meta => #{time => ?TIME}}, #{})),
    ?assertEqual({byte_size(Line) - 1, 1}, binary:match(Line, ~"\n")),
    ?assertEqual([], [Byte || <<Byte>> <= Line, Byte > 126]),
    json:decode(Line).

a_request_test() ->
    Report = #{msg => ~"request", method => ~"GET", path => ~"/nowhere", status => 404, ms => 3},
    ?assertEqual(
        #{
            ~"time" => ~"2026-11-24T12:00:00.500000Z",
            ~"level" => ~"info",
            ~"msg" => ~"request",
            ~"method" => ~"GET",
            ~"path" => ~"/nowhere",
            ~"status" => 404,
            ~"ms" => 3
        },
        format(info, {report, Report})
    ).

four_levels_test_() ->
    [
        ?_assertMatch(#{~"level" := Written}, format(Level, {string, "text"}))
     || {Level, Written} <- [
            {debug, ~"debug"},
            {notice, ~"info"},
            {warning, ~"warn"},
            {error, ~"error"},
            {emergency, ~"error"}
        ]
    ].

whatever_others_log_test_() ->
    [
        ?_assertMatch(#{~"level" := ~"error", ~"msg" := Text}, format(error, Message))
     || {Text, Message} <- [
            {~"two, lines", {string, "two\nlines"}},
            {~"żółw 1", {"żółw ~b", [1]}},
            {~"a: 1", {report, #{a => 1}}},
            {~"a: 1, b: [x]", {report, [{a, 1}, {b, [x]}]}}
        ]
    ].

what_is_no_text_test() ->
    Line = format(error, {report, #{msg => <<"/", 255>>, reason => {badmatch, "ż"}, who => self()}}),
    ?assertMatch(#{~"msg" := ~"/ÿ", ~"reason" := ~"{badmatch,[380]}", ~"who" := <<"<", _/binary>>}, Line).
