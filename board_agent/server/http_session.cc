#include "board_agent/server/http_session.h"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <optional>

#include "board_agent/protocol/checksum.h"
#include "common/log.h"

namespace mcunas {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::milliseconds kLinger{1000};
constexpr size_t kLingerBytes = 1 << 20;
constexpr size_t kUploadPiece = 64 * 1024;

using HeaderParser = http::request_parser<http::empty_body>;

std::string_view View(beast::string_view text) { return {text.data(), text.size()}; }

ApiReply TooManyPolls() {
  ApiReply reply = ErrorReply(503, "too_many_polls", "too many clients wait here already");
  reply.headers.emplace_back("Retry-After", "1");
  return reply;
}

class Session {
 public:
  Session(const SessionContext& context, Connection connection)
      : context_(context), connection_(std::move(connection)), stream_(*connection_.stream) {}
  ~Session() { context_.table->Leave(connection_.id); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  asio::awaitable<void> Run();

 private:
  // Reads one request and answers it; false: the connection is over.
  asio::awaitable<bool> ServeOne();
  asio::awaitable<bool> ServeUpload(HeaderParser* header, ApiCall call);
  asio::awaitable<bool> ServeCall(HeaderParser* header, ApiCall call);
  // Reads the body into `upload`; a reply when it went wrong.
  asio::awaitable<std::optional<ApiReply>> ReceiveBlob(
      http::request_parser<http::buffer_body>* body, BlobUpload* upload);
  // Until one of the jobs is final or the time is up; false: the peer has left.
  asio::awaitable<bool> WaitForJobs(const LongPoll& poll);
  // Watches the peer while it waits for `wake`; as above.
  asio::awaitable<bool> PeerStays(asio::steady_timer* wake);
  bool Enter(ConnectionPhase phase) { return context_.table->Enter(connection_.id, phase); }
  asio::awaitable<bool> Reply(const ApiReply& reply, bool keep_alive);
  // Answers and closes; the unread rest of the request is thrown away so that the peer sees the
  // answer.
  asio::awaitable<bool> ReplyAndClose(const ApiReply& reply);
  asio::awaitable<bool> ContinueIfAsked(const HeaderParser& header);

  std::optional<ApiReply> Refusal(const HeaderParser& header, const RouteMatch& match) const;
  std::optional<ApiReply> BadLength(const HeaderParser& header, uint64_t limit,
                                    bool needs_length) const;

  const SessionContext& context_;
  const Connection connection_;
  beast::tcp_stream& stream_;
  beast::flat_buffer buffer_;
  bool head_ = false;
};

asio::awaitable<void> Session::Run() {
  while (co_await ServeOne()) Enter(ConnectionPhase::kSilent);
  error_code ignored;
  stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
}

asio::awaitable<bool> Session::ServeOne() {
  const HttpLimits& limits = context_.options.limits;
  HeaderParser parser;
  parser.header_limit(limits.header_bytes);
  parser.body_limit(boost::none);  // judged below, before a byte of the body is read
  stream_.expires_after(limits.header_time);
  auto [error, bytes] = co_await http::async_read_header(stream_, buffer_, parser, kAwait);
  if (error == http::error::header_limit) {
    co_return co_await ReplyAndClose(
        ErrorReply(431, "header_too_large", "the header is too large"));
  }
  if (error.category() == http::make_error_code(http::error::bad_method).category() &&
      error != http::error::end_of_stream && error != http::error::partial_message) {
    co_return co_await ReplyAndClose(
        ErrorReply(400, "bad_request", "not HTTP: " + error.message()));
  }
  if (error) co_return false;

  const std::string target(View(parser.get().target()));
  const size_t question = target.find('?');
  const std::string method(View(parser.get().method_string()));
  head_ = method == "HEAD";
  RouteMatch match = MatchRoute(method, std::string_view(target).substr(0, question));
  if (std::optional<ApiReply> refusal = Refusal(parser, match)) {
    co_return co_await ReplyAndClose(*refusal);
  }
  Enter(ConnectionPhase::kTransfer);
  ApiCall call;
  call.route = match.route;
  call.parameters = std::move(match.parameters);
  if (question != std::string::npos) call.query = target.substr(question + 1);
  if (call.route->id == RouteId::kPutBlob) {
    co_return co_await ServeUpload(&parser, std::move(call));
  }
  co_return co_await ServeCall(&parser, std::move(call));
}

std::optional<ApiReply> Session::Refusal(const HeaderParser& header,
                                         const RouteMatch& match) const {
  const auto& request = header.get();
  const std::string& token = context_.options.token;
  const bool is_open = match.route != nullptr && !match.route->needs_token;
  if (!token.empty() && !is_open) {
    const std::string_view given = View(request[http::field::authorization]);
    if (!ConstantTimeEqual(given, "Bearer " + token)) {
      ApiReply reply = ErrorReply(401, "unauthorized", "a valid Bearer token is needed");
      reply.headers.emplace_back("WWW-Authenticate", "Bearer");
      return reply;
    }
  }
  if (token.empty() && request.count(http::field::origin) > 0) {
    return ErrorReply(403, "forbidden", "web pages may not drive this agent");
  }
  if (match.route != nullptr) return std::nullopt;
  if (match.allowed.empty()) {
    return ErrorReply(404, "unknown_path", "no such path; see board_agent/protocol/openapi.yaml");
  }
  ApiReply reply = ErrorReply(405, "wrong_method", "this path allows " + match.allowed);
  reply.headers.emplace_back("Allow", match.allowed);
  return reply;
}

std::optional<ApiReply> Session::BadLength(const HeaderParser& header, uint64_t limit,
                                           bool needs_length) const {
  const auto length = header.content_length();
  if (length && *length > limit) {
    return ErrorReply(413, "too_large",
                      "the body has " + std::to_string(*length) + " bytes, the limit is " +
                          std::to_string(limit));
  }
  if (!length && needs_length) {
    return ErrorReply(411, "length_required", "send a Content-Length");
  }
  return std::nullopt;
}

asio::awaitable<bool> Session::ContinueIfAsked(const HeaderParser& header) {
  if (!beast::iequals(header.get()[http::field::expect], "100-continue")) co_return true;
  http::response<http::empty_body> go(http::status::continue_, 11);
  auto [error, bytes] = co_await http::async_write(stream_, go, kAwait);
  co_return !error;
}

asio::awaitable<bool> Session::ServeUpload(HeaderParser* header, ApiCall call) {
  if (!IsSha256Hex(call.parameters[0])) {
    co_return co_await ReplyAndClose(
        ErrorReply(400, "bad_request", "a blob is named by 64 lower-case hexadecimal digits"));
  }
  if (auto bad = BadLength(*header, context_.options.limits.blob_bytes, true)) {
    co_return co_await ReplyAndClose(*bad);
  }
  if (!co_await ContinueIfAsked(*header)) co_return false;
  const bool keep_alive = header->get().keep_alive();
  Expected<BlobUpload> upload = context_.blobs->Begin(call.parameters[0]);
  if (!upload.ok()) {
    co_return co_await ReplyAndClose(ErrorReply(503, "storage_failed", upload.error().message));
  }
  http::request_parser<http::buffer_body> body(std::move(*header));
  stream_.expires_after(context_.options.limits.body_time);
  if (auto bad = co_await ReceiveBlob(&body, &*upload)) co_return co_await ReplyAndClose(*bad);
  const Expected<void> stored = upload->Commit();
  if (!stored.ok()) {
    const bool wrong = stored.error().code == ErrorCode::kCorrupt;
    ApiReply reply = ErrorReply(wrong ? 422 : 503, wrong ? "wrong_hash" : "storage_failed",
                                stored.error().message);
    co_return co_await Reply(reply, keep_alive);
  }
  ApiReply reply;
  reply.status = 201;
  reply.body = SimpleStateToJson("stored");
  co_return co_await Reply(reply, keep_alive);
}

asio::awaitable<std::optional<ApiReply>> Session::ReceiveBlob(
    http::request_parser<http::buffer_body>* body, BlobUpload* upload) {
  std::vector<char> piece(kUploadPiece);
  while (!body->is_done()) {
    body->get().body().data = piece.data();
    body->get().body().size = piece.size();
    auto [error, bytes] = co_await http::async_read(stream_, buffer_, *body, kAwait);
    if (error && error != http::error::need_buffer) {
      co_return ErrorReply(400, "bad_request", "the body broke off: " + error.message());
    }
    const Expected<void> added =
        upload->Add({piece.data(), piece.size() - body->get().body().size});
    if (!added.ok()) co_return ErrorReply(503, "storage_failed", added.error().message);
  }
  co_return std::nullopt;
}

asio::awaitable<bool> Session::ServeCall(HeaderParser* header, ApiCall call) {
  const uint64_t limit = context_.options.limits.json_bytes;
  if (auto bad = BadLength(*header, limit, false)) co_return co_await ReplyAndClose(*bad);
  if (!co_await ContinueIfAsked(*header)) co_return false;
  http::request_parser<http::string_body> body(std::move(*header));
  body.body_limit(limit);
  stream_.expires_after(context_.options.limits.body_time);
  auto [error, bytes] = co_await http::async_read(stream_, buffer_, body, kAwait);
  if (error == http::error::body_limit) {
    co_return co_await ReplyAndClose(ErrorReply(413, "too_large", "the body is too large"));
  }
  if (error) co_return false;
  const bool keep_alive = body.get().keep_alive();
  call.body = std::move(body.get().body());
  if (std::optional<LongPoll> poll = context_.api->LongPollOf(call)) {
    if (!Enter(ConnectionPhase::kHeld)) co_return co_await Reply(TooManyPolls(), keep_alive);
    if (!co_await WaitForJobs(*poll)) co_return false;
    Enter(ConnectionPhase::kTransfer);
  }
  co_return co_await Reply(context_.api->Handle(call), keep_alive);
}

// Removes the watch also when the coroutine is destroyed in mid-wait.
class WatchGuard {
 public:
  WatchGuard(Dispatcher* dispatcher, uint64_t watch) : dispatcher_(dispatcher), watch_(watch) {}
  ~WatchGuard() { dispatcher_->Unwatch(watch_); }
  WatchGuard(const WatchGuard&) = delete;
  WatchGuard& operator=(const WatchGuard&) = delete;

 private:
  Dispatcher* dispatcher_;
  uint64_t watch_;
};

asio::awaitable<bool> Session::WaitForJobs(const LongPoll& poll) {
  const auto executor = stream_.get_executor();
  auto timer = std::make_shared<asio::steady_timer>(executor);
  timer->expires_after(std::chrono::milliseconds(static_cast<int64_t>(poll.seconds * 1000)));
  // An expiry in the past ends a wait that has begun and one that has not.
  const auto wake = [executor, timer] {
    asio::post(executor, [timer] { timer->expires_at(asio::steady_timer::time_point::min()); });
  };
  Dispatcher& dispatcher = context_.api->dispatcher();
  const WatchGuard guard(&dispatcher, dispatcher.Watch(poll.ids, wake));
  if (context_.api->AnyFinal(poll.ids)) co_return true;
  co_return co_await PeerStays(timer.get());  // why the wait ended shows in the jobs
}

asio::awaitable<bool> Session::PeerStays(asio::steady_timer* wake) {
  using asio::experimental::awaitable_operators::operator||;
  asio::ip::tcp::socket& socket = stream_.socket();
  const auto ended = co_await (wake->async_wait(kAwait) ||
                               socket.async_wait(asio::ip::tcp::socket::wait_read, kAwait));
  if (ended.index() == 0) co_return true;
  // Readable: the next request already, or the end. A seat that was given away is closed, too.
  char next = 0;
  error_code error;
  socket.non_blocking(true, error);
  socket.receive(asio::buffer(&next, 1), asio::socket_base::message_peek, error);
  if (error && error != asio::error::would_block) co_return false;
  co_await wake->async_wait(kAwait);
  co_return true;
}

asio::awaitable<bool> Session::Reply(const ApiReply& reply, bool keep_alive) {
  http::response<http::string_body> response(static_cast<http::status>(reply.status), 11);
  response.set(http::field::server, "mcunas-agent");
  response.set(http::field::content_type, reply.content_type);
  response.set(http::field::cache_control, "no-store");
  for (const auto& [name, value] : reply.headers) response.set(name, value);
  response.keep_alive(keep_alive);
  if (head_) {
    response.content_length(reply.body.size());
  } else {
    response.body() = reply.body;
    response.prepare_payload();
  }
  stream_.expires_after(context_.options.limits.write_time);
  http::response_serializer<http::string_body> serializer(response);
  serializer.split(head_);
  if (head_) {
    auto [error, bytes] = co_await http::async_write_header(stream_, serializer, kAwait);
    co_return !error && keep_alive;
  }
  auto [error, bytes] = co_await http::async_write(stream_, serializer, kAwait);
  co_return !error && keep_alive;
}

asio::awaitable<bool> Session::ReplyAndClose(const ApiReply& reply) {
  co_await Reply(reply, false);
  error_code ignored;
  stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  Enter(ConnectionPhase::kSilent);
  stream_.expires_after(kLinger);
  std::array<char, 4096> waste;
  for (size_t total = 0; total < kLingerBytes;) {
    auto [error, bytes] = co_await stream_.async_read_some(asio::buffer(waste), kAwait);
    if (error) break;
    total += bytes;
  }
  co_return false;
}

}  // namespace

asio::awaitable<void> ServeConnection(const SessionContext& context, Connection connection) {
  Session session(context, std::move(connection));
  co_await session.Run();
}

}  // namespace mcunas
