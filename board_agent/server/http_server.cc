#include "board_agent/server/http_server.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <exception>
#include <thread>
#include <vector>

#include "board_agent/server/http_session.h"
#include "common/log.h"

namespace mcunas {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr int kBacklog = 512;
constexpr std::chrono::milliseconds kAcceptPause{50};

}  // namespace

struct HttpServer::State {
  explicit State(const HttpOptions& options, Api* api, const BlobStore* blobs)
      : table(options.limits.connections), context{options, api, blobs, &table} {}

  ConnectionTable table;
  const SessionContext context;
  asio::io_context io;
  tcp::acceptor acceptor{io};
  std::vector<std::thread> threads;

  void Accept();
  void Serve(tcp::socket socket);
};

void HttpServer::State::Accept() {
  acceptor.async_accept(asio::make_strand(io), [this](error_code error, tcp::socket socket) {
    if (error == asio::error::operation_aborted) return;
    if (!error) {
      Serve(std::move(socket));
    } else if (!table.DropSilent()) {  // most likely out of file descriptors
      LogWarning("cannot accept a connection: " + error.message());
      std::this_thread::sleep_for(kAcceptPause);
    }
    Accept();
  });
}

void HttpServer::State::Serve(tcp::socket socket) {
  error_code gone;
  const std::string peer = socket.remote_endpoint(gone).address().to_string();
  if (gone) return;
  const auto stream = std::make_shared<boost::beast::tcp_stream>(std::move(socket));
  // The table may outlive the stream, which may not outlive `io`.
  const auto drop = [weak = std::weak_ptr(stream)] {
    if (const auto held = weak.lock()) asio::post(held->get_executor(), [held] { held->close(); });
  };
  const ConnectionTable::Id id = table.Admit(peer, drop);
  if (id == 0) return;
  asio::co_spawn(stream->get_executor(), ServeConnection(context, {stream, id}),
                 [](const std::exception_ptr& failure) {
                   if (!failure) return;
                   try {
                     std::rethrow_exception(failure);
                   } catch (const std::exception& e) {
                     LogError(std::string("connection dropped: ") + e.what());
                   }
                 });
}

HttpServer::HttpServer(std::unique_ptr<State> state) : state_(std::move(state)) {}
HttpServer::~HttpServer() { Stop(); }

Expected<std::unique_ptr<HttpServer>> HttpServer::Start(const HttpOptions& options, Api* api,
                                                        const BlobStore* blobs) {
  error_code error;
  const auto address = asio::ip::make_address(options.bind, error);
  if (error) return Error{ErrorCode::kUsage, "--bind " + options.bind + ": not an IP address"};
  if (!address.is_loopback() && options.token.empty()) {
    return Error{ErrorCode::kUsage, "--bind " + options.bind +
                                        " opens the boards to the network: give --token-file too, "
                                        "or bind 127.0.0.1"};
  }
  auto state = std::make_unique<State>(options, api, blobs);
  const tcp::endpoint endpoint(address, options.port);
  tcp::acceptor& acceptor = state->acceptor;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(kBacklog, error);
  if (error) {
    return Error{ErrorCode::kUnavailable, "cannot listen on " + options.bind + ":" +
                                              std::to_string(options.port) + ": " +
                                              error.message()};
  }
  state->Accept();
  for (int i = 0; i < options.limits.threads; ++i) {
    state->threads.emplace_back([raw = state.get()] { raw->io.run(); });
  }
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(state)));
}

uint16_t HttpServer::port() const {
  error_code ignored;
  return state_->acceptor.local_endpoint(ignored).port();
}

void HttpServer::Stop() {
  state_->io.stop();
  for (std::thread& thread : state_->threads) {
    if (thread.joinable()) thread.join();
  }
}

}  // namespace mcunas
