#pragma once

#include <memory>

#include "connectors/kafka/format/encoder.h"
#include "connectors/kafka/format/options.h"
#include "connectors/kafka/format/schema_ids.h"
#include "lib/sink/encode/mistakes.h"

namespace slotcast::kafka {

// What is wrong with the values, each with its option's name.
sink::Mistakes check(const FormatOptions& options);

// Requires that check() found nothing. For avro somebody has to number schemas: `ids`, which lives
// longer than the encoder.
std::unique_ptr<Encoder> make_encoder(const FormatOptions& options, const Source& source,
                                      SchemaIds* ids = nullptr);

}  // namespace slotcast::kafka
