#include "connectors/kafka/make.h"

#include "connectors/kafka/client_check.h"
#include "connectors/kafka/format/make.h"
#include "connectors/kafka/header.h"
#include "connectors/kafka/kafka_sink.h"
#include "connectors/kafka/names.h"
#include "connectors/kafka/registry.h"
#include "connectors/kafka/topic_name.h"

namespace slotcast::kafka {
namespace {

void check_sizes(const Options& options, sink::Mistakes& found) {
  using std::chrono::seconds;
  // A broker lets no more than transaction.max.timeout.ms, 15 minutes where nobody changed it.
  if (options.transaction_timeout < seconds(5) || options.transaction_timeout > seconds(900)) {
    found.emplace_back("transaction_timeout", invalid("must be between 5s and 15m"));
  }
  if (options.transaction_bytes_max < 1 << 20) {
    found.emplace_back("max_transaction", invalid("must be at least 1MiB"));
  }
  if (options.buffer_bytes_max < 1 << 20 || options.buffer_bytes_max > 1ull << 31) {
    found.emplace_back("buffer_size", invalid("must be between 1MiB and 2GiB"));
  }
  if (options.answer_timeout < seconds(1) || options.answer_timeout > seconds(300)) {
    found.emplace_back("answer_timeout", invalid("must be between 1s and 5m"));
  }
}

void check_keys(const Options& options, sink::Mistakes& found) {
  for (const auto& [table, columns] : options.keys) {
    const bool names_one = table.find('.') != table.npos && table.find_first_of("*?") == table.npos;
    if (!names_one || columns.empty()) {
      found.emplace_back("keys." + table,
                         invalid("must be schema.table, without wildcards, and a list of columns"));
    }
  }
}

}  // namespace

sink::Mistakes check(const Options& options) {
  sink::Mistakes found;
  const Status topic = check_topic_template(options.topic);
  if (!topic.ok()) found.emplace_back("topic", topic.error());
  const Status progress =
      options.progress_topic.empty() ? Status() : check_topic(options.progress_topic);
  if (!progress.ok()) found.emplace_back("progress_topic", progress.error());
  check_sizes(options, found);
  check_keys(options, found);
  read_headers(options.headers, found);
  if (options.format.format == Format::Avro) {
    const Status registry = check(options.registry);
    if (!registry.ok()) found.emplace_back("registry.url", registry.error());
  }
  for (auto& mistake : check(options.format)) found.push_back(std::move(mistake));
  for (auto& mistake : check_client(options)) found.push_back(std::move(mistake));
  // One place of the file may be that of several.
  for (auto& [key, error] : found) error = error.prefixed(key);
  return found;
}

Result<std::unique_ptr<sink::Sink>> make(const Options& options,
                                         const sink::Environment& environment) {
  const Source source{environment.pipeline, environment.database,
                      transactions_topic_of(environment.pipeline)};
  FormatOptions trial = options.format;
  trial.transactions = false;
  KafkaSink::Formats formats;
  if (options.format.format == Format::Avro) {
    formats.ids = std::make_unique<Registry>(options.registry);
  }
  formats.encoder = make_encoder(options.format, source, formats.ids.get());
  formats.trial = make_encoder(trial, source, formats.ids.get());
  return std::unique_ptr<sink::Sink>(
      std::make_unique<KafkaSink>(options, environment, std::move(formats)));
}

}  // namespace slotcast::kafka
