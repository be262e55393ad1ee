#include "board_agent/client/http_client.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <charconv>
#include <cstdlib>
#include <exception>
#include <optional>

namespace mcunas {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr uint64_t kReplyLimit = 64 << 20;

using Request = http::request<http::span_body<const char>>;

struct Exchange {
  error_code error;
  std::string step;  // what failed
  http::response_parser<http::string_body> parser;
  bool done = false;
};

Request MakeRequest(const AgentUrl& agent, const HttpRequest& request) {
  const auto verb = http::string_to_verb(request.method);
  Request message(verb, request.target, 11);
  const bool is_ipv6 = agent.host.find(':') != std::string::npos;
  message.set(http::field::host,
              (is_ipv6 ? "[" + agent.host + "]" : agent.host) + ":" + std::to_string(agent.port));
  message.set(http::field::user_agent, "mcunas");
  if (!request.token.empty()) message.set(http::field::authorization, "Bearer " + request.token);
  if (!request.body.empty()) message.set(http::field::content_type, request.content_type);
  message.body() = {request.body.data(), request.body.size()};
  message.keep_alive(false);
  message.prepare_payload();
  return message;
}

asio::awaitable<void> Talk(const AgentUrl& agent, const HttpRequest& request, Exchange* exchange) {
  const auto executor = co_await asio::this_coro::executor;
  tcp::resolver resolver(executor);
  exchange->step = "resolve";
  auto [resolve_error, endpoints] =
      co_await resolver.async_resolve(agent.host, std::to_string(agent.port), kAwait);
  exchange->error = resolve_error;
  if (resolve_error) co_return;

  beast::tcp_stream stream(executor);
  exchange->step = "connect";
  stream.expires_after(request.connect_time);
  auto [connect_error, endpoint] = co_await stream.async_connect(endpoints, kAwait);
  exchange->error = connect_error;
  if (connect_error) co_return;

  exchange->step = "send";
  stream.expires_after(request.total_time);
  Request message = MakeRequest(agent, request);
  auto [write_error, written] = co_await http::async_write(stream, message, kAwait);
  // An agent that refuses a body answers and closes while we still send: look for its answer
  // anyway.
  exchange->step = "receive";
  beast::flat_buffer buffer;
  exchange->parser.body_limit(kReplyLimit);
  exchange->parser.skip(request.method == "HEAD");
  auto [read_error, read] = co_await http::async_read(stream, buffer, exchange->parser, kAwait);
  exchange->error = write_error && read_error ? write_error : read_error;
  exchange->done = !read_error;
}

Error Unreachable(const AgentUrl& agent, const std::string& step, const std::string& reason) {
  return {ErrorCode::kUnavailable,
          "agent " + agent.text + " is not reachable (" + step + ": " + reason + ")"};
}

}  // namespace

Expected<AgentUrl> ParseAgentUrl(const std::string& text) {
  const Error bad{ErrorCode::kUsage,
                  "'" + text + "' is not an agent's address; write http://HOST:PORT"};
  std::string_view rest = text;
  if (!rest.starts_with("http://")) return bad;
  rest.remove_prefix(7);
  if (rest.ends_with('/')) rest.remove_suffix(1);
  AgentUrl url;
  url.text = text;
  std::string_view port;
  if (rest.starts_with('[')) {
    const size_t close = rest.find(']');
    if (close == std::string_view::npos) return bad;
    url.host = rest.substr(1, close - 1);
    port = rest.substr(close + 1);
  } else {
    const size_t colon = rest.find(':');
    url.host = rest.substr(0, colon);
    port = colon == std::string_view::npos ? std::string_view() : rest.substr(colon);
  }
  if (url.host.empty() || url.host.find_first_of("/@?# ") != std::string::npos) return bad;
  if (port.empty()) return url;
  const char* end = port.data() + port.size();
  const auto parsed = std::from_chars(port.data() + 1, end, url.port);
  if (port[0] != ':' || parsed.ec != std::errc() || parsed.ptr != end || url.port == 0) return bad;
  return url;
}

Expected<HttpReply> CallAgent(const AgentUrl& agent, const HttpRequest& request) {
  Exchange exchange;
  try {
    asio::io_context io(1);
    asio::co_spawn(io, Talk(agent, request, &exchange), [](const std::exception_ptr& failure) {
      if (failure) std::rethrow_exception(failure);
    });
    // The stream has its own limits; name resolution has none, so the whole call gets one too.
    io.run_for(request.connect_time + request.total_time);
  } catch (const std::exception& e) {
    return Unreachable(agent, exchange.step, e.what());
  }
  if (!exchange.done) {
    const std::string reason = exchange.error ? exchange.error.message() : "timed out";
    return Unreachable(agent, exchange.step, reason);
  }
  auto response = exchange.parser.release();
  HttpReply reply;
  reply.status = static_cast<int>(response.result_int());
  reply.retry_after_s =
      std::strtod(std::string(response[http::field::retry_after]).c_str(), nullptr);
  reply.body = std::move(response.body());
  return reply;
}

}  // namespace mcunas
