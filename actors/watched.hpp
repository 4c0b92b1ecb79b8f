#pragma once
// Spawns an actor whose vitals are on a board: every message to it is counted on arrival, every handler on its way in
// and out, and a drill can disturb it there. The actor's own code knows nothing of it.
#include "actors/interfaces.hpp"
#include "actors/vitals.hpp"
#include "runtime/fault/chaos.hpp"

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

namespace bulkhead::actors {

/// Where an actor is to be watched. Without a board it runs unwatched.
struct watch_post {
  std::shared_ptr<vitals_board> board;
  std::string path;
  incarnation number = 1;
  supervisor_actor supervisor;  ///< null: nobody could revoke it
  std::string child;            ///< its name at that supervisor
};

namespace detail {

/// Around one handler.
class noted_handler {
 public:
  noted_handler(vitals& of, const std::type_info& message) noexcept;
  noted_handler(const noted_handler&) = delete;
  noted_handler& operator=(const noted_handler&) = delete;
  ~noted_handler();

 private:
  vitals* of_;
};

/// Messages of this node; CAF's own (exit, down) have a number and never reach a behaviour.
inline bool is_ours(const caf::type_erased_tuple& content) noexcept {
  return content.size() == 1 && content.type_nr(0) == 0 && content.type(0).second != nullptr;
}

inline bool is_kill(const caf::type_erased_tuple& content) noexcept {
  if (!content.match_elements<caf::exit_msg>()) return false;
  return content.get_as<caf::exit_msg>(0).reason == caf::exit_reason::kill;
}

class noting_behavior final : public caf::detail::behavior_impl {
 public:
  noting_behavior(pointer inner, std::shared_ptr<vitals> of) : inner_(std::move(inner)), of_(std::move(of)) {
    begin_ = nullptr;
    end_ = nullptr;
  }

  using caf::detail::behavior_impl::invoke;
  caf::match_case::result invoke(caf::detail::invoke_result_visitor& visitor,
                                 caf::type_erased_tuple& content) override {
    if (!is_ours(content)) return inner_->invoke(visitor, content);
    const noted_handler noted{*of_, *content.type(0).second};
    fault::meet_chaos(of_->path());
    stop_if_revoked();
    return inner_->invoke(visitor, content);
  }

 private:
  pointer inner_;
  std::shared_ptr<vitals> of_;
};

template <class State, class Base>
class watched final : public caf::stateful_actor<State, Base> {
 public:
  using super = caf::stateful_actor<State, Base>;
  using behavior_type = typename Base::behavior_type;
  using init_fn = std::function<behavior_type(super*)>;

  watched(caf::actor_config& config, std::shared_ptr<vitals> of, init_fn init)
      : super(config), of_(std::move(of)), init_(std::move(init)) {}

  using super::enqueue;
  void enqueue(caf::mailbox_element_ptr message, caf::execution_unit* unit) override {
    if (is_ours(message->content())) {
      of_->arrived();
    } else if (is_kill(message->content())) {
      of_->mark_revoked();  // it may hang, and hear of it late
    }
    super::enqueue(std::move(message), unit);
  }

  bool cleanup(caf::error&& reason, caf::execution_unit* unit) override {
    of_->leave();
    return super::cleanup(std::move(reason), unit);
  }

 protected:
  behavior_type make_behavior() override {
    behavior_type made = std::exchange(init_, nullptr)(this);
    caf::behavior& plain = made.unbox();
    if (plain)
      plain = caf::behavior{caf::behavior::impl_ptr{new noting_behavior{plain.as_behavior_impl(), of_}, false}};
    return made;
  }

 private:
  std::shared_ptr<vitals> of_;
  init_fn init_;
};

}  // namespace detail

/// Like system.spawn(make, config), watched at `post`.
template <class Behavior, class State, class Base, class Config>
auto spawn_watched(caf::actor_system& system, watch_post post,
                   Behavior (*make)(caf::stateful_actor<State, Base>*, Config), Config config) ->
    typename Base::actor_hdl {
  if (!post.board) return system.spawn(make, std::move(config));
  std::function<void()> revoke;
  if (post.supervisor) {
    revoke = [to = post.supervisor, child = post.child, number = post.number] {
      caf::anon_send(to, revoke_child{child, number});
    };
  }
  auto of = post.board->enter(std::move(post.path), post.number, std::move(revoke));
  std::function<Behavior(caf::stateful_actor<State, Base>*)> init =
      [make, config = std::move(config)](caf::stateful_actor<State, Base>* self) { return make(self, config); };
  auto handle = system.spawn<detail::watched<State, Base>>(of, std::move(init));
  of->set_address(handle.address());
  return handle;
}

}  // namespace bulkhead::actors
