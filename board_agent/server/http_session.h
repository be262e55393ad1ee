// One connection of the server, as a coroutine. Private to server/: it shows Boost.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <memory>

#include "board_agent/server/connection_table.h"
#include "board_agent/server/http_server.h"

namespace mcunas {

// What all sessions share; constant while they run.
struct SessionContext {
  HttpOptions options;
  Api* api = nullptr;
  const BlobStore* blobs = nullptr;
  ConnectionTable* table = nullptr;
};

// One accepted connection and its seat in the table. Who gives the seat away closes the stream.
struct Connection {
  std::shared_ptr<boost::beast::tcp_stream> stream;
  ConnectionTable::Id id = 0;
};

// Serves requests until the peer leaves, breaks a rule, runs out of time or loses its seat; then
// leaves the table. The stream's executor must be a strand.
boost::asio::awaitable<void> ServeConnection(const SessionContext& context, Connection connection);

}  // namespace mcunas
