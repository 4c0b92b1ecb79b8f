#include "runtime/store/store_writer.hpp"

#include "runtime/fault/failpoint.hpp"
#include "runtime/store/view_keys.hpp"

#include <exception>
#include <map>
#include <utility>

namespace bulkhead {

store_writer::store_writer(sqlite_store_settings settings)
    : settings_(std::move(settings)), scope_(settings_.broker.str() + ".store") {}

store_writer::worker::answers store_writer::process(std::vector<store_call>& group, bool too_late) {
  answers_.clear();
  for (auto& call : group) {
    if (too_late) {
      answers_.emplace_back(
          [c = std::move(call), error = settings_.file.string() + ": closed before the call was done"]() mutable {
            refuse(c, error);
          });
    } else {
      std::visit([this](auto& c) { handle(c); }, call);
    }
  }
  flush();
  return std::move(answers_);
}

store_file& store_writer::file() {
  if (!file_) {
    try {
      file_ = std::make_unique<store_file>(settings_.file, settings_.broker);
    } catch (const sqlite::error& e) {
      // SQLITE_ERROR: the statements are ours and right, so the schema in the file is not.
      if (!e.damaged() && e.code() != SQLITE_ERROR) throw;
      replace_damaged(e.what());
      file_ = std::make_unique<store_file>(settings_.file, settings_.broker);
    }
  }
  return *file_;
}

void store_writer::replace_damaged(const std::string& what) {
  position_lost_ = true;
  file_.reset();
  const auto aside = move_aside(settings_.file);
  if (settings_.notice) settings_.notice(what + "; moved aside to " + aside.string() + ", views start empty");
}

std::string store_writer::attempt(const std::function<void()>& work) {
  try {
    work();
    return {};
  } catch (const sqlite::error& e) {
    std::string error = e.what();
    if (file_) file_->rollback();
    if (e.damaged()) {
      try {
        replace_damaged(error);
      } catch (const std::exception& second) {
        error += std::string{"; "} + second.what();
      }
    }
    return error;
  } catch (const std::exception& e) {
    if (file_) file_->rollback();
    return e.what();
  }
}

std::string store_writer::check(const project_call& call) const {
  if (auto refusal = refuse_updates(settings_.broker, call.updates); !refusal.empty()) return refusal;
  if (position_lost_ || call.failures_told != failures_) return refuse_lost_position(settings_.broker);
  return {};
}

void store_writer::handle(project_call& call) {
  auto error = attempt([this] { file(); });
  if (error.empty()) error = check(call);
  if (!error.empty()) flush();  // those before it are good
  pending_.push_back(std::move(call.done));
  if (error.empty()) error = attempt([&] { file().project(call.projected_seq, call.updates); });
  if (!error.empty()) fail_pending(error);
}

void store_writer::handle(projected_call& call) {
  flush();
  std::uint64_t seq = 0;
  store_status status{attempt([&] { seq = file().projected(); })};
  if (status.ok()) position_lost_ = false;
  answers_.emplace_back([done = std::move(call.done), status = std::move(status), seq] { done(status, seq); });
}

void store_writer::handle(get_call& call) {
  flush();
  std::map<std::string, std::string> found;
  store_status status{refuse_key(settings_.broker, call.key)};
  if (status.ok()) status.error = attempt([&] { found = file().get(call.key); });
  answers_.emplace_back([done = std::move(call.done), status = std::move(status), found = std::move(found)]() mutable {
    done(std::move(status), std::move(found));
  });
}

void store_writer::handle(clear_call& call) {
  flush();
  store_status status{attempt([&] {
    auto& open = file();
    open.clear();
    open.commit();
  })};
  if (status.ok()) position_lost_ = false;
  answers_.emplace_back([done = std::move(call.done), status = std::move(status)] { done(status); });
}

void store_writer::flush() {
  if (pending_.empty()) return;
  const auto failure = attempt([&] {
    fault::hit(scope_, "projection.before");
    file().commit();
    fault::hit(scope_, "projection.after");
  });
  if (!failure.empty()) return fail_pending(failure);
  for (auto& done : pending_) answers_.emplace_back([done = std::move(done)] { done({}); });
  pending_.clear();
}

void store_writer::fail_pending(const std::string& failure) {
  for (auto& done : pending_) {
    ++failures_;
    answers_.emplace_back([done = std::move(done), told = failures_told_, failure] {
      ++*told;
      done({failure});
    });
  }
  pending_.clear();
}

}  // namespace bulkhead
