// HttpServer: HTTP/1.1 in front of the Api, on a few threads, bounded in everything.
//
// Headers, bodies, connections and every wait have limits; a slow or greedy client loses its own
// connection and nobody else's (connection_table.h), and a client that left frees its seat at once.
// Without a token requests that carry an Origin header are refused, so no web page can drive the
// boards of the machine that shows it.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "board_agent/server/api.h"
#include "board_agent/server/blob_store.h"
#include "board_agent/server/connection_table.h"
#include "common/expected.h"

namespace mcunas {

struct HttpLimits {
  int threads = 2;
  ConnectionLimits connections;
  uint32_t header_bytes = 8 * 1024;   // 431 beyond
  uint64_t json_bytes = 64 * 1024;    // 413 beyond, before the body is read
  uint64_t blob_bytes = 8192 * 1024;  // the same for uploads
  std::chrono::milliseconds header_time{
      10'000};  // from connecting, or the last reply, to a full header
  std::chrono::milliseconds body_time{60'000};   // for one whole body
  std::chrono::milliseconds write_time{30'000};  // for one whole reply
};

struct HttpOptions {
  std::string bind = "127.0.0.1";
  uint16_t port = 0;  // 0: any free one
  std::string token;  // Bearer token; empty: none is asked for, and only loopback may be bound
  HttpLimits limits;
};

class HttpServer {
 public:
  // Listens and serves from here on. `api` and `blobs` must outlive the server. kUsage: not an IP
  // address, or not loopback without a token; kUnavailable: the port is taken.
  static Expected<std::unique_ptr<HttpServer>> Start(const HttpOptions& options, Api* api,
                                                     const BlobStore* blobs);
  ~HttpServer();

  uint16_t port() const;
  // Closes everything and joins the threads. Replies on their way are cut off.
  void Stop();

 private:
  struct State;
  explicit HttpServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace mcunas
