-module(service_log).
-moduledoc "A formatter for `logger`: every event of every application as one line of JSON.".

-export([format/2]).

-type fields() :: [{atom(), term()}].

-doc """
A report that has a `msg` is one of ours: its keys are the line's. Whatever else, a crash report for one, becomes the
`msg`.
""".
-spec format(logger:log_event(), logger:formatter_config()) -> unicode:chardata().
format(#{level := Level, msg := Message, meta := #{time := Time}} = Event, _Config) ->
    Timestamp = calendar:system_time_to_rfc3339(Time, [{unit, microsecond}, {offset, "Z"}]),
    Fields = [{time, list_to_binary(Timestamp)}, {level, level(Level)} | fields(Message, Event)],
    [json:encode(Fields, fun encode/2), $\n].

%% The four that everybody's log has, instead of logger's eight.
-spec level(logger:level()) -> debug | info | warn | error.
level(debug) -> debug;
level(info) -> info;
level(notice) -> info;
level(warning) -> warn;
level(_Worse) -> error.

-spec fields(term(), logger:log_event()) -> fields().
fields({report, #{msg := Message} = Report}, _Event) ->
    [{msg, Message} | lists:sort(maps:to_list(maps:remove(msg, Report)))];
fields(_Message, Event) ->
    [{msg, unicode:characters_to_binary(logger_formatter:format(Event, #{template => [msg]}))}].

-spec encode(term(), json:encoder()) -> iodata().
encode([{time, _Time} | _] = Fields, Encode) ->
    json:encode_key_value_list(Fields, Encode);
encode(Value, _Encode) when is_binary(Value) ->
    %% ASCII, because the encoding of stdout depends on the locale.
    json:encode_binary_escape_all(text(Value));
encode(Value, Encode) when is_atom(Value); is_integer(Value); is_float(Value) ->
    json:encode_value(Value, Encode);
encode(Value, _Encode) ->
    json:encode_binary_escape_all(unicode:characters_to_binary(io_lib:format("~0tp", [Value]))).

%% What a client sent need not be UTF-8.
-spec text(binary()) -> binary().
text(Value) ->
    case unicode:characters_to_binary(Value) of
        Text when is_binary(Text) -> Text;
        _ -> unicode:characters_to_binary(Value, latin1)
    end.
