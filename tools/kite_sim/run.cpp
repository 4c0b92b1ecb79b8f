#include "tools/kite_sim/run.hpp"

#include "tools/kite_sim/core/kite_text.hpp"
#include "tools/kite_sim/options.hpp"
#include "tools/kite_sim/sim_server.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <stdexcept>

#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>

namespace bulkhead::kite_sim {
namespace {

/// Whole or not at all: a reader waits for the file to be there.
void write_port_file(const std::filesystem::path& path, std::uint16_t port) {
  const std::filesystem::path half = path.string() + ".part";
  std::ofstream out{half};
  out << port << "\n";
  out.close();
  if (!out) throw std::runtime_error(path.string() + ": cannot be written");
  std::filesystem::rename(half, path);
}

void go_to_start(const std::string& start, exchange& venue, market_driver& market) {
  if (start.empty()) return;
  const auto at = parse_kite_time(start.size() == 8 ? to_string(date_of(venue.now())) + " " + start : start);
  if (!at)
    throw std::runtime_error(fmt::format("--start: given \"{}\", allowed: hh:mm:ss or yyyy-mm-dd hh:mm:ss", start));
  while (market.next_time() && *market.next_time() <= *at) (void)market.step(*at);
  venue.set_time(*at, *at);
  (void)venue.take_updates();
}

using tls_context = std::unique_ptr<boost::asio::ssl::context>;

/// nullptr: plain.
tls_context make_tls(const run_options& options) {
  using boost::asio::ssl::context;
  if (options.tls_cert.empty()) return nullptr;
  auto made = std::make_unique<context>(context::tls_server);
  made->set_options(context::default_workarounds | context::no_tlsv1 | context::no_tlsv1_1);
  const auto check = [](const char* option, const std::filesystem::path& file, const boost::system::error_code& error) {
    if (!error) return;
    throw std::runtime_error(
        fmt::format("{}: given {} ({}), allowed: a readable PEM file, and the key that belongs to "
                    "the certificate",
                    option, file.string(), error.message()));
  };
  boost::system::error_code error;
  made->use_certificate_chain_file(options.tls_cert.string(), error);
  check("--tls-cert", options.tls_cert, error);
  made->use_private_key_file(options.tls_key.string(), context::pem, error);
  check("--tls-key", options.tls_key, error);
  return made;
}

std::unique_ptr<sim_server> bind_server(const run_options& options, boost::asio::io_context& io, simulator& sim,
                                        market_driver& market, boost::asio::ssl::context* tls) {
  try {
    return std::make_unique<sim_server>(io, sim, market, options.address, options.port, tls);
  } catch (const boost::system::system_error& e) {
    throw std::runtime_error(fmt::format("{}:{}: cannot listen there ({}); choose another --address or --port",
                                         options.address, options.port, e.code().message()));
  }
}

void serve(const run_options& options) {
  const listing listed = make_listing(options);
  simulator sim{listed, options.settings};
  add_accounts(options, listed, sim);
  market_driver market{make_market(options, listed), sim.venue(), options.speed, options.skip_closed};
  go_to_start(options.start, sim.venue(), market);
  boost::asio::io_context io{1};
  const tls_context tls = make_tls(options);
  const auto bound = bind_server(options, io, sim, market, tls.get());
  sim_server& server = *bound;
  boost::asio::signal_set signals{io, SIGTERM, SIGINT};
  signals.async_wait([&](const boost::system::error_code& error, int) {
    if (!error) server.stop();
  });
  server.start();
  if (!options.port_file.empty()) write_port_file(options.port_file, server.port());
  std::cout << fmt::format("bulkhead-kite-sim listens on {}://{}:{}", tls ? "https" : "http", options.address,
                           server.port())
            << std::endl;
  io.run();
}

}  // namespace

int run(int argc, char** argv) {
  run_options options;
  if (const int status = read_options(argc, argv, options); status >= 0) return status;
  try {
    serve(options);
  } catch (const std::exception& e) {
    std::cerr << "bulkhead-kite-sim: " << e.what() << "\n";
    return 1;
  }
  return 0;
}

}  // namespace bulkhead::kite_sim
