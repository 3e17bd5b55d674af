#pragma once

#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "connectors/kafka/options.h"
#include "connectors/null/options.h"
#include "connectors/stage/options.h"
#include "lib/change/relation.h"
#include "lib/sink/asked.h"
#include "lib/sink/encode/mistakes.h"
#include "lib/sink/environment.h"
#include "lib/sink/sink.h"

// The list of connectors. A new one is a folder, an alternative here, and its lines in all.cpp.

namespace slotcast::connectors {

using Options = std::variant<stage::Options, kafka::Options, null::Options>;

// "stage", "kafka", "null": as the configuration names it.
const char* name_of(const Options& options);

// Rows are told apart by their key there: a route may not leave it out.
bool needs_key(const Options& options);

// What the sink could not keep right of a table's rows as the server sends them, though it takes
// them: a sentence; empty: nothing.
std::string find_hazard(const Options& options, const Relation& relation);

// What is wrong with the values, each with its option's name; nothing when they are fine.
using Mistakes = sink::Mistakes;
Mistakes check(const Options& options);

// Whether the far side is there and would take batches from this user; changes nothing there.
// Requires that check() passed.
std::vector<sink::Finding> ask(const Options& options, const sink::Asked& asked);

// Requires that check() passed.
Result<std::unique_ptr<sink::Sink>> make(const Options& options,
                                         const sink::Environment& environment);

}  // namespace slotcast::connectors
