// One connection of the server, as a coroutine. Private to server/: it shows Boost.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "board_agent/server/http_server.h"

namespace mcunas {

// What all sessions share; constant while they run.
struct SessionContext {
  HttpOptions options;
  Api* api = nullptr;
  const BlobStore* blobs = nullptr;
};

// Serves requests until the peer leaves, breaks a rule or runs out of time. The socket's executor
// must be a strand.
boost::asio::awaitable<void> ServeConnection(const SessionContext& context,
                                             boost::asio::ip::tcp::socket socket);

}  // namespace mcunas
