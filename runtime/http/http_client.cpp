#include "runtime/http/http_client.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <curl/curl.h>
#include <fmt/format.h>

namespace bulkhead {
namespace {

constexpr std::size_t most_idle = 8;

struct free_list {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using header_list = std::unique_ptr<curl_slist, free_list>;

void start_library() {
  static std::once_flag once;
  std::call_once(once, [] {
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) throw std::runtime_error("libcurl does not start");
  });
}

void append(header_list& list, const char* line) {
  curl_slist* longer = curl_slist_append(list.get(), line);
  if (longer == nullptr) throw std::bad_alloc();
  (void)list.release();  // it is part of the longer one
  list.reset(longer);
}

bool has_line_break(std::string_view text) {
  return text.find_first_of(std::string_view{"\r\n\0", 3}) != std::string_view::npos;
}

long resolve_option(ip_version ip) {
  static constexpr std::array<long, 3> options{CURL_IPRESOLVE_WHATEVER, CURL_IPRESOLVE_V4, CURL_IPRESOLVE_V6};
  return options.at(static_cast<std::size_t>(ip));
}

const char* name_of(http_method m) {
  static constexpr std::array<const char*, 4> names{"GET", "POST", "PUT", "DELETE"};
  return names.at(static_cast<std::size_t>(m));
}

/// Without how long it took (" after 3 ms"): the same trouble then reads the same, and is told once.
std::string without_times(std::string text) {
  const auto at = text.find(" after ");
  if (at == std::string::npos) return text;
  const auto digits = at + 7;
  const auto end = text.find_first_not_of("0123456789", digits);
  if (end == std::string::npos || end == digits) return text;
  for (const std::string_view unit : {" milliseconds", " ms"}) {
    if (text.compare(end, unit.size(), unit) == 0) return text.erase(at, end + unit.size() - at);
  }
  return text;
}

}  // namespace

/// One libcurl handle with the connections that it keeps. One thread at a time.
class http_client::session {
 public:
  explicit session(const http_client_settings& settings) : settings_(settings), curl_(curl_easy_init()) {
    if (curl_ == nullptr) throw std::bad_alloc();
  }
  ~session() { curl_easy_cleanup(curl_); }
  session(const session&) = delete;
  session& operator=(const session&) = delete;

  http_result perform(const http_request& request) {
    result_ = {};
    why_ended_.clear();
    header_bytes_ = 0;
    has_whole_head_ = false;
    sendings_ = 0;
    is_repeatable_ = request.method == http_method::get;
    error_.fill('\0');
    curl_easy_reset(curl_);
    const header_list headers = headers_of(request);
    set_limits();
    set_callbacks();
    set_request(request, headers.get());
    finish(curl_easy_perform(curl_));
    return std::move(result_);
  }

 private:
  template <class T>
  void set(CURLoption option, T value) {
    curl_easy_setopt(curl_, option, value);
  }

  void set_limits() {
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(settings_.connect_timeout.count()));
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(settings_.total_timeout.count()));
    set(CURLOPT_MAXAGE_CONN, static_cast<long>(settings_.max_idle.count()));
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_IPRESOLVE, resolve_option(settings_.ip));
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_TCP_NODELAY, 1L);
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    set(CURLOPT_SSL_VERIFYPEER, 1L);
    set(CURLOPT_SSL_VERIFYHOST, 2L);
    if (!settings_.ca_file.empty()) {
      set(CURLOPT_CAINFO, settings_.ca_file.c_str());
      set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
    }
    set(CURLOPT_PROXY, settings_.proxy.c_str());  // "" also turns off what the environment asks for
    set(CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(settings_.max_body_bytes));
  }

  void set_callbacks() {
    set(CURLOPT_ERRORBUFFER, error_.data());
    set(CURLOPT_PREREQFUNCTION, &session::on_sending);
    set(CURLOPT_PREREQDATA, this);
    set(CURLOPT_HEADERFUNCTION, &session::on_header);
    set(CURLOPT_HEADERDATA, this);
    set(CURLOPT_WRITEFUNCTION, &session::on_body);
    set(CURLOPT_WRITEDATA, this);
  }

  void set_request(const http_request& request, curl_slist* headers) {
    set(CURLOPT_URL, request.url.c_str());
    set(CURLOPT_USERAGENT, settings_.user_agent.c_str());
    set(CURLOPT_ACCEPT_ENCODING, "gzip");
    set(CURLOPT_HTTPHEADER, headers);
    if (request.method == http_method::post || request.method == http_method::put) {
      set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
      set(CURLOPT_POSTFIELDS, request.body.c_str());  // not copied; it outlives the call
    }
    if (request.method != http_method::get) set(CURLOPT_CUSTOMREQUEST, name_of(request.method));
  }

  static header_list headers_of(const http_request& request) {
    header_list list;
    append(list, "Expect:");  // no pause before the body
    for (const std::string& line : request.headers) append(list, line.c_str());
    return list;
  }

  void finish(CURLcode code) {
    // libcurl takes a head that ends with the connection for a whole one.
    if (code == CURLE_OK && !has_whole_head_) why_ended_ = "the connection ended within the answer's headers";
    if (code == CURLE_OK && has_whole_head_) {
      long status = 0;
      const char* type = nullptr;
      curl_easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &status);
      curl_easy_getinfo(curl_, CURLINFO_CONTENT_TYPE, &type);
      result_.delivery = http_delivery::answered;
      result_.status = static_cast<int>(status);
      result_.content_type = type == nullptr ? "" : type;
      return;
    }
    result_ = http_result{.delivery = sendings_ == 0 ? http_delivery::never_sent : http_delivery::maybe_sent};
    if (!why_ended_.empty()) {
      result_.error = why_ended_;
    } else if (code == CURLE_FILESIZE_EXCEEDED) {
      result_.error = too_long();
    } else {
      result_.error = without_times(error_.front() != '\0' ? error_.data() : curl_easy_strerror(code));
    }
  }

  [[nodiscard]] std::string too_long() const {
    return fmt::format("an answer of more than the allowed {} bytes", settings_.max_body_bytes);
  }

  /// The connection stands, the request is about to be written. Called again where libcurl would send it again.
  static int on_sending(void* me, char* /*to*/, char* /*from*/, int /*to_port*/, int /*from_port*/) {
    auto& self = *static_cast<session*>(me);
    if (++self.sendings_ == 1 || self.is_repeatable_) {
      self.result_.body.clear();
      return CURL_PREREQFUNC_OK;
    }
    self.why_ended_ = "the kept connection ended before an answer; not sent again";
    return CURL_PREREQFUNC_ABORT;
  }

  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* me) {
    auto& self = *static_cast<session*>(me);
    const std::string_view line{data, size * count};
    if (line.starts_with("HTTP/")) self.has_whole_head_ = false;  // another one, after a 100 Continue
    if (line == "\r\n" || line == "\n") self.has_whole_head_ = true;
    self.header_bytes_ += size * count;
    if (self.header_bytes_ <= self.settings_.max_header_bytes) return size * count;
    self.why_ended_ =
        fmt::format("an answer with more than the allowed {} bytes of headers", self.settings_.max_header_bytes);
    return 0;
  }

  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* me) {
    auto& self = *static_cast<session*>(me);
    if (self.result_.body.size() + size * count > self.settings_.max_body_bytes) {
      self.why_ended_ = self.too_long();
      return 0;
    }
    self.result_.body.append(data, size * count);
    return size * count;
  }

  const http_client_settings& settings_;
  CURL* curl_;
  http_result result_;
  std::string why_ended_;
  std::size_t header_bytes_ = 0;
  bool has_whole_head_ = false;
  int sendings_ = 0;
  bool is_repeatable_ = false;
  std::array<char, CURL_ERROR_SIZE> error_{};
};

http_client::http_client(http_client_settings settings) : settings_(std::move(settings)) { start_library(); }

http_client::~http_client() = default;

std::unique_ptr<http_client::session> http_client::take() {
  {
    const std::scoped_lock lock{guard_};
    if (!idle_.empty()) {
      auto newest = std::move(idle_.back());  // its connection has been idle for the shortest time
      idle_.pop_back();
      return newest;
    }
  }
  return std::make_unique<session>(settings_);
}

void http_client::give_back(std::unique_ptr<session> idle) {
  const std::scoped_lock lock{guard_};
  if (idle_.size() < most_idle) idle_.push_back(std::move(idle));
}

http_result http_client::perform(const http_request& request) {
  if (has_line_break(request.url) || std::ranges::any_of(request.headers, has_line_break)) {
    return {.error = "a line break in the address or a header of the request; not sent"};
  }
  std::unique_ptr<session> s = take();
  http_result result = s->perform(request);
  give_back(std::move(s));
  return result;
}

}  // namespace bulkhead
