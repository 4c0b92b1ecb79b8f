#include "tools/app/process_desk.hpp"

#include <fmt/format.h>
#include <unistd.h>

namespace bulkhead::app {

using nlohmann::json;

json process_desk::answer(const json& request) {
  const auto command = request.is_object() ? request.find("command") : request.end();
  if (!request.is_object() || command == request.end() || !command->is_string()) {
    return {{"ok", false}, {"error", "a question is a JSON object with a \"command\""}};
  }
  try {
    if (*command == "pid") return {{"ok", true}, {"pid", ::getpid()}};
    if (*command == "vitals") return chaos_.vitals();
    if (*command == "views") return {{"ok", true}, {"views", views_ ? views_->text() : ""}};
    if (*command == "account") return {{"ok", true}, {"account", account_->lines().all()}};
    if (*command == "chaos") return chaos_.chaos(request);
  } catch (const std::exception& e) {
    return {{"ok", false}, {"error", e.what()}};
  }
  return {{"ok", false},
          {"error", fmt::format("command: given \"{}\", allowed: pid, vitals, views, account, chaos",
                                command->get<std::string>())}};
}

std::string process_desk::answer(const std::string& request) {
  return answer(json::parse(request, nullptr, false)).dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace bulkhead::app
