import NIOCore
import NIOPosix

/// Answers every request with the same bytes, or never, and leaves the connection open. It lives as long as the tests.
struct FakeUpstream {
  static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

  let url: String
  /// An element for every request.
  let requests: AsyncStream<Void>
  private let channel: any Channel

  /// - Parameters:
  ///   - answer: the bytes, or nil for none at all.
  ///   - delay: how long they take.
  init(answering answer: String?, after delay: TimeAmount = .zero) async throws {
    let (requests, asked) = AsyncStream.makeStream(of: Void.self)
    self.requests = requests
    channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(Answer(answer: answer, delay: delay, asked: asked))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    url = "http://127.0.0.1:\(channel.localAddress!.port!)/healthz"
  }

  /// Refuses connections from now on.
  func stop() async throws {
    try await channel.close()
  }

  private final class Answer: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    let answer: String?
    let delay: TimeAmount
    let asked: AsyncStream<Void>.Continuation

    init(answer: String?, delay: TimeAmount, asked: AsyncStream<Void>.Continuation) {
      self.answer = answer
      self.delay = delay
      self.asked = asked
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      asked.yield()
      guard let answer else { return }
      let channel = context.channel
      channel.eventLoop.scheduleTask(in: delay) {
        channel.writeAndFlush(ByteBuffer(string: answer), promise: nil)
      }
    }
  }
}
