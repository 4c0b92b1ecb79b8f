#pragma once
// `bulkhead topics`: the topics of the active brokers at Kafka.
#include "tools/app/commands.hpp"

namespace bulkhead::app {

/// What is needed, without asking a server.
int topics_plan(const common_options& options);
/// Makes what is missing; changes and deletes nothing.
int topics_create(const common_options& options);
/// A line for each difference; 1 if there is one.
int topics_check(const common_options& options);
/// How far the services' groups are behind the ends of their topics.
int topics_lag(const common_options& options);

}  // namespace bulkhead::app
