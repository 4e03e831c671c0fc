import Logging

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
#if canImport(Darwin)
  @preconcurrency import Darwin
#else
  @preconcurrency import Glibc
#endif

/// Writes every event as one JSON object a line: `time`, `level`, `msg`, and the metadata beside them.
struct JSONLogHandler: LogHandler {
  var logLevel = Logger.Level.info
  var metadata: Logger.Metadata = [:]
  var metadataProvider: Logger.MetadataProvider?
  var write: @Sendable (String) -> Void = { line in
    fputs("\(line)\n", stdout)
    fflush(stdout)
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    var fields = metadata
    fields.merge(metadataProvider?.get() ?? [:]) { $1 }
    fields.merge(event.metadata ?? [:]) { $1 }
    if let error = event.error {
      fields["error"] = "\(error)"
    }
    fields["time"] = "\(Date.now.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)))"
    fields["level"] = "\(event.level.name)"
    fields["msg"] = "\(event.message)"
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Nothing but strings and whole numbers gets in, and those are always JSON.
    if let line = try? encoder.encode(fields.mapValues(LoggedValue.init)) {
      write(String(decoding: line, as: UTF8.self))
    }
  }
}

extension Logger.Level {
  /// One of the four that everybody's log has.
  fileprivate var name: String {
    switch self {
    case .trace, .debug: "debug"
    case .info, .notice: "info"
    case .warning: "warn"
    case .error, .critical: "error"
    }
  }
}

/// A metadata value as JSON: numbers stay numbers.
private struct LoggedValue: Encodable {
  let value: Logger.Metadata.Value

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch value {
    case .stringConvertible(let number as Int): try container.encode(number)
    case .array(let values): try container.encode(values.map(LoggedValue.init))
    case .dictionary(let values): try container.encode(values.mapValues(LoggedValue.init))
    case .string, .stringConvertible: try container.encode(value.description)
    }
  }
}
