#pragma once

#include <memory>

#include "connectors/kafka/format/encoder.h"
#include "connectors/kafka/format/options.h"
#include "lib/sink/encode/mistakes.h"

namespace slotcast::kafka {

// What is wrong with the values, each with its option's name.
sink::Mistakes check(const FormatOptions& options);

// Requires that check() found nothing.
std::unique_ptr<Encoder> make_encoder(const FormatOptions& options, const Source& source);

}  // namespace slotcast::kafka
