#include "config/load.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "config/load_kafka.h"
#include "config/load_routes.h"
#include "config/load_stage.h"
#include "config/node.h"
#include "config/units.h"
#include "config/validate.h"
#include "lib/io/posix.h"

namespace slotcast::config {
namespace {

constexpr std::size_t kFileBytesMax = 4 << 20;

// Walks the whole document once; lives as long as that takes.
class Loader {
 public:
  Loader(std::string_view file_text, Findings& findings, const Environment& environment,
         bool needs_source)
      : file_text_(file_text),
        findings_(findings),
        environment_(environment),
        needs_source_(needs_source) {}

  Config load(const YAML::Node& root) {
    Mapping top(root, "", findings_);
    for (const char* key : {"name", "sinks", "routes"}) top.require(key);
    if (needs_source_) top.require("source");
    top.text("name", config_.name);
    top.text("state", config_.state);
    top.duration("shutdown_timeout", config_.shutdown_timeout);
    top.with("source", [this](Mapping& source) { load_source(source); });
    top.with("log", [this](Mapping& log) { load_log(log); });
    top.with("admin", [this](Mapping& admin) { load_admin(admin); });
    top.with("sinks", [this](Mapping& sinks) { load_sinks(sinks); });
    config_.routes = load_routes(top, {file_text_, findings_, known_keys_});
    top.finish("", known_keys_);
    fill_defaults();
    return std::move(config_);
  }

  const std::vector<std::string>& known_keys() const { return known_keys_; }

 private:
  void load_source(Mapping& source) {
    pg::Options& options = config_.source;
    if (needs_source_) source.require("postgres");
    source.text("postgres", options.uri);
    source.secret("password", environment_, options.password, config_.password_reference);
    source.text("slot", options.slot);
    source.text("publication", options.publication);
    source.boolean("adopt", options.adopt_slot);
    choice(source, "tables", {"listed", "auto"}, options.adds_tables);
    choice(source, "advance", {"logged", "delivered"}, options.waits_for_sinks);
    choice(source, "pushdown", {"off", "auto"}, options.pushes_down);
    source.duration("status_interval", options.status_interval);
    source.duration("receive_timeout", options.receive_timeout);
    source.duration("connect_timeout", options.connect_timeout);
    source.with("snapshot", [this](Mapping& snapshot) {
      snapshot.count("workers", config_.snapshot.workers);
      snapshot.size("range_size", config_.snapshot.range_bytes);
      snapshot.size("max_size", config_.snapshot.disk_bytes_max);
      snapshot.finish("source.snapshot.", known_keys_);
    });
    source.finish("source.", known_keys_);
  }

  // One of two words; `is_second` when it is the other.
  void choice(Mapping& mapping, const char* key, const std::array<const char*, 2>& words,
              bool& is_second) {
    std::string written;
    mapping.text(key, written);
    if (written.empty()) return;
    is_second = written == words[1];
    if (is_second || written == words[0]) return;
    findings_.error(place_of(mapping.child(key)), mapping.path() + "." + key + ": \"" + written +
                                                      "\" is neither " + words[0] + " nor " +
                                                      words[1]);
  }

  void load_log(Mapping& log) {
    log.size("max_size", config_.log.size_bytes_max);
    bool detaches = config_.log.on_full == log::OnFull::Detach;
    choice(log, "on_full", {"pause", "detach"}, detaches);
    config_.log.on_full = detaches ? log::OnFull::Detach : log::OnFull::Pause;
    log.size("segment_size", config_.log.segment_bytes);
    log.duration("keep", config_.log.keep);
    log.duration("sync_interval", config_.log.sync_interval);
    log.finish("log.", known_keys_);
  }

  void load_admin(Mapping& admin) {
    std::string listen;
    admin.text("listen", listen);
    admin.finish("admin.", known_keys_);
    if (listen.empty()) return;
    if (listen == "off") {
      config_.admin.port = 0;
      return;
    }
    const std::size_t colon = listen.rfind(':');
    unsigned short port = 0;
    const char* end = listen.data() + listen.size();
    const bool is_port = colon != std::string::npos &&
                         std::from_chars(listen.data() + colon + 1, end, port).ptr == end &&
                         port != 0;
    std::string host = is_port ? listen.substr(0, colon) : "";
    if (host.starts_with("[") && host.ends_with("]")) host = host.substr(1, host.size() - 2);
    if (host != "localhost" && host != "127.0.0.1" && host != "::1") {
      findings_.error(place_of(admin.child("listen")),
                      "admin.listen: \"" + listen +
                          "\" is not a loopback address with a port, as 127.0.0.1:8686, nor off; "
                          "other addresses would need authentication, which there is none of yet");
      return;
    }
    config_.admin = {host, port};
  }

  void load_sinks(Mapping& sinks) {
    for (const std::string& name : sinks.keys()) {
      Sink sink;
      sink.name = name;
      sink.place = sinks.place(name.c_str());
      Mapping mapping(sinks.child(name.c_str()), "sinks." + name, findings_);
      load_connector(mapping, sink);
      mapping.with("batch", [&](Mapping& batch) {
        batch.count("max_rows", sink.batch.rows_max);
        batch.size("max_size", sink.batch.bytes_max);
        batch.duration("every", sink.batch.age_max);
        load_age_behind(batch, sink.batch);
        batch.finish("sinks.*.batch.", known_keys_);
      });
      check_age(mapping, sink);
      mapping.choice("start", {Start::Snapshot, Start::Log, Start::Now}, sink.start);
      mapping.choice("on_error", {OnError::Stop, OnError::Skip, OnError::Divert}, sink.on_error);
      mapping.finish("sinks.*.", known_keys_);
      config_.sinks.push_back(std::move(sink));
    }
    sinks.finish();
  }

  void load_age_behind(Mapping& batch, BatchLimits& limits) {
    if (!batch.has("every_behind")) return;
    batch.duration("every_behind", limits.age_behind_max);
    if (limits.age_behind_max >= limits.age_max) return;
    findings_.error(place_of(batch.child("every_behind")),
                    batch.path() + ".every_behind: is less than every (" +
                        print_duration(limits.age_max) +
                        "): a sink that is behind needs larger batches, not smaller ones");
  }

  // A transaction that waits for rows must be through before the brokers give it up.
  void check_age(const Mapping& mapping, const Sink& sink) {
    const auto* kafka = std::get_if<kafka::Options>(&sink.connector);
    if (kafka == nullptr || !kafka->transactions) return;
    const auto most = kafka->transaction_timeout / 2;
    if (std::max(sink.batch.age_max, sink.batch.age_behind_max) <= most) return;
    const char* const which = sink.batch.age_max > most ? "every" : "every_behind";
    findings_.error(mapping.place("batch"), mapping.path() + ".batch: " + which +
                                                " is above half of kafka.transaction_timeout (" +
                                                print_duration(most) +
                                                "): the brokers would give batches up");
  }

  void load_connector(Mapping& mapping, Sink& sink) {
    const bool has_stage = mapping.has("stage");
    const bool has_kafka = mapping.has("kafka");
    const bool has_null = mapping.has("null");
    if (has_stage + has_kafka + has_null != 1) {
      findings_.error(sink.place,
                      mapping.path() + ": name exactly one kind of sink, stage, kafka or null");
      return;
    }
    const ConnectorContext context{findings_, environment_, known_keys_};
    if (has_stage) {
      sink.connector = load_stage(mapping, context, sink.references);
    } else if (has_kafka) {
      sink.connector = load_kafka(mapping, context, sink.references);
      sink.batch = kafka::kBatchLimits;
    } else {
      sink.connector = null::Options();
      mapping.with("null", [this](Mapping& none) { none.finish("sinks.*.null.", known_keys_); });
    }
  }

  void fill_defaults() {
    pg::Options& source = config_.source;
    if (source.slot.empty()) source.slot = "slotcast_" + config_.name;
    if (source.publication.empty()) source.publication = source.slot;
    if (config_.state.empty()) {
      const auto directory = environment_.variable("STATE_DIRECTORY");
      config_.state = directory.value_or("/var/lib/slotcast") + "/" + config_.name;
    }
  }

  const std::string_view file_text_;
  Findings& findings_;
  const Environment& environment_;
  const bool needs_source_;
  Config config_;
  std::vector<std::string> known_keys_;
};

}  // namespace

const char* name_of(Start start) {
  switch (start) {
    case Start::Snapshot:
      return "snapshot";
    case Start::Log:
      return "log";
    case Start::Now:
      return "now";
  }
  return "unknown";
}

Loaded load_text(const std::string& name, const std::string& text, const Environment& environment,
                 bool needs_source) {
  Findings findings(name);
  Loaded loaded;
  try {
    const YAML::Node root = YAML::Load(text);
    if (!root.IsMap()) {
      findings.error({1, 1}, root.IsNull()
                                 ? "the file is empty; it needs name, source, sinks and routes"
                                 : "the file must be a mapping of keys");
      loaded.errors = findings.errors();
      return loaded;
    }
    Loader loader(text, findings, environment, needs_source);
    Config config = loader.load(root);
    config.file = name;
    loaded.known_keys = loader.known_keys();
    validate(config, findings);
    if (!findings.has_errors()) loaded.config = std::move(config);
  } catch (const YAML::Exception& problem) {
    findings.error({problem.mark.line + 1, problem.mark.column + 1}, "YAML: " + problem.msg);
  }
  loaded.errors = findings.errors();
  loaded.warnings = findings.warnings();
  return loaded;
}

Loaded load_file(const std::string& path, bool needs_source) {
  const auto text = io::read_text_file(path, kFileBytesMax);
  if (!text.ok()) {
    Loaded loaded;
    loaded.errors.push_back(path + ": " + text.error().what);
    return loaded;
  }
  return load_text(path, text.value(), system_environment(path), needs_source);
}

}  // namespace slotcast::config
