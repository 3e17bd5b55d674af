#include "connectors/kafka/format/make.h"

#include "connectors/kafka/format/avro_event.h"
#include "connectors/kafka/format/canal_encoder.h"
#include "connectors/kafka/format/event_encoder.h"
#include "connectors/kafka/format/flat_encoder.h"
#include "connectors/kafka/format/json_event.h"
#include "connectors/kafka/format/message_prefix.h"
#include "lib/base/ensure.h"
#include "lib/sink/encode/meta.h"

namespace slotcast::kafka {

sink::Mistakes check(const FormatOptions& options) {
  sink::Mistakes mistakes;
  for (const std::string& prefix : options.messages) {
    const Status checked = check_message_prefix(prefix);
    if (!checked.ok()) mistakes.emplace_back("debezium.messages", checked.error());
  }
  if (options.format != Format::Json) return mistakes;
  if (has(sink::read_meta(options.meta, mistakes), sink::Meta::Unchanged)) {
    mistakes.emplace_back("meta", invalid("_unchanged is for CSV: in JSON a value that the server "
                                          "did not send has no key, or a marker"));
  }
  return mistakes;
}

std::unique_ptr<Encoder> make_encoder(const FormatOptions& options, const Source& source,
                                      SchemaIds* ids) {
  std::unique_ptr<EventWriter> writer;
  switch (options.format) {
    case Format::Json:
      return std::make_unique<FlatEncoder>(options);
    case Format::Canal:
      return std::make_unique<CanalEncoder>(options);
    case Format::Avro:
      ENSURE(ids != nullptr);
      writer = std::make_unique<AvroEventWriter>(options, source, *ids);
      break;
    case Format::Debezium:
      writer = std::make_unique<JsonEventWriter>(options, source);
      break;
  }
  return std::make_unique<EventEncoder>(options, std::move(writer));
}

}  // namespace slotcast::kafka
