#include "config/load.h"

#include <array>
#include <charconv>
#include <initializer_list>

#include "config/load_routes.h"
#include "config/node.h"
#include "config/validate.h"
#include "lib/io/posix.h"

namespace slotcast::config {
namespace {

constexpr std::size_t kFileBytesMax = 4 << 20;

// Walks the whole document once; lives as long as that takes.
class Loader {
 public:
  Loader(std::string_view file_text, Findings& findings, const Environment& environment)
      : file_text_(file_text), findings_(findings), environment_(environment) {}

  Config load(const YAML::Node& root) {
    Mapping top(root, "", findings_);
    for (const char* key : {"name", "source", "sinks", "routes"}) top.require(key);
    top.text("name", config_.name);
    top.text("state", config_.state);
    top.duration("shutdown_timeout", config_.shutdown_timeout);
    with_mapping(top, "source", [this](Mapping& source) { load_source(source); });
    with_mapping(top, "log", [this](Mapping& log) { load_log(log); });
    with_mapping(top, "admin", [this](Mapping& admin) { load_admin(admin); });
    with_mapping(top, "sinks", [this](Mapping& sinks) { load_sinks(sinks); });
    config_.routes = load_routes(top, {file_text_, findings_, known_keys_});
    finish(top, "");
    fill_defaults();
    return std::move(config_);
  }

  const std::vector<std::string>& known_keys() const { return known_keys_; }

 private:
  template <class Load>
  void with_mapping(Mapping& parent, const char* key, const Load& load) {
    const YAML::Node node = parent.child(key);
    if (!node.IsDefined()) return;
    Mapping mapping(node, parent.path().empty() ? key : parent.path() + "." + key, findings_);
    load(mapping);
  }

  void finish(Mapping& mapping, const std::string& prefix) {
    for (const std::string& key : mapping.asked()) known_keys_.push_back(prefix + key);
    mapping.finish();
  }

  void load_source(Mapping& source) {
    pg::Options& options = config_.source;
    source.require("postgres");
    source.text("postgres", options.uri);
    load_password(source);
    source.text("slot", options.slot);
    source.text("publication", options.publication);
    source.boolean("adopt", options.adopt_slot);
    choice(source, "tables", {"listed", "auto"}, options.adds_tables);
    choice(source, "advance", {"logged", "delivered"}, options.waits_for_sinks);
    choice(source, "pushdown", {"off", "auto"}, options.pushes_down);
    source.duration("status_interval", options.status_interval);
    source.duration("receive_timeout", options.receive_timeout);
    source.duration("connect_timeout", options.connect_timeout);
    with_mapping(source, "snapshot", [this](Mapping& snapshot) {
      snapshot.count("workers", config_.snapshot.workers);
      snapshot.size("range_size", config_.snapshot.range_bytes);
      snapshot.size("max_size", config_.snapshot.disk_bytes_max);
      finish(snapshot, "source.snapshot.");
    });
    finish(source, "source.");
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

  // One of several values by its name.
  template <class Value>
  void choice(Mapping& mapping, const char* key, std::initializer_list<Value> values, Value& into) {
    std::string written;
    mapping.text(key, written);
    if (written.empty()) return;
    std::string names;
    for (const Value value : values) {
      if (name_of(value) == written) {
        into = value;
        return;
      }
      names += (names.empty() ? "" : ", ") + std::string(name_of(value));
    }
    findings_.error(place_of(mapping.child(key)),
                    mapping.path() + "." + key + ": \"" + written + "\" is none of " + names);
  }

  // A secret in the file would be in every backup and every diff of it.
  void load_password(Mapping& source) {
    std::string written;
    source.text("password", written);
    if (written.empty()) return;
    const Place place = place_of(source.child("password"));
    if (!has_substitution(written)) {
      findings_.error(place,
                      "source.password: write ${file:NAME} or ${env:NAME}, not the password");
      return;
    }
    const auto secret = substitute(written, environment_);
    if (!secret.ok()) {
      findings_.error(place, "source.password: " + secret.error().what);
      return;
    }
    config_.source.password = secret.value();
    config_.password_reference = written;
  }

  void load_log(Mapping& log) {
    log.size("max_size", config_.log.size_bytes_max);
    bool detaches = config_.log.on_full == log::OnFull::Detach;
    choice(log, "on_full", {"pause", "detach"}, detaches);
    config_.log.on_full = detaches ? log::OnFull::Detach : log::OnFull::Pause;
    log.size("segment_size", config_.log.segment_bytes);
    log.duration("keep", config_.log.keep);
    log.duration("sync_interval", config_.log.sync_interval);
    finish(log, "log.");
  }

  void load_admin(Mapping& admin) {
    std::string listen;
    admin.text("listen", listen);
    finish(admin, "admin.");
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
      with_mapping(mapping, "batch", [&](Mapping& batch) {
        batch.count("max_rows", sink.batch.rows_max);
        batch.size("max_size", sink.batch.bytes_max);
        batch.duration("every", sink.batch.age_max);
        finish(batch, "sinks.*.batch.");
      });
      choice(mapping, "start", {Start::Snapshot, Start::Log, Start::Now}, sink.start);
      choice(mapping, "on_error", {OnError::Stop, OnError::Skip, OnError::Divert}, sink.on_error);
      finish(mapping, "sinks.*.");
      config_.sinks.push_back(std::move(sink));
    }
    sinks.finish();
  }

  void load_connector(Mapping& mapping, Sink& sink) {
    const bool has_stage = mapping.has("stage");
    const bool has_null = mapping.has("null");
    if (has_stage == has_null) {
      findings_.error(sink.place,
                      mapping.path() + ": name exactly one kind of sink, stage or null");
      return;
    }
    if (has_null) {
      sink.connector = null::Options();
      with_mapping(mapping, "null", [this](Mapping& none) { finish(none, "sinks.*.null."); });
      return;
    }
    stage::Options options;
    with_mapping(mapping, "stage", [&](Mapping& stage) {
      stage.require("url");
      stage.require("pattern");
      stage.text("url", options.url);
      stage.text("pattern", options.pattern);
      stage.text("format", options.format);
      choice(stage, "compress",
             {stage::Compression::None, stage::Compression::Gzip, stage::Compression::Zstd},
             options.compress);
      choice(stage, "mode", {stage::Mode::Changes, stage::Mode::Append, stage::Mode::SnapshotOnly},
             options.mode);
      for (const auto& [column, place] : stage.texts("not_null", /*may_be_empty=*/true))
        options.not_null.push_back(column);
      finish(stage, "sinks.*.stage.");
    });
    sink.connector = std::move(options);
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

Loaded load_text(const std::string& name, const std::string& text, const Environment& environment) {
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
    Loader loader(text, findings, environment);
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

Loaded load_file(const std::string& path) {
  const auto text = io::read_text_file(path, kFileBytesMax);
  if (!text.ok()) {
    Loaded loaded;
    loaded.errors.push_back(path + ": " + text.error().what);
    return loaded;
  }
  return load_text(path, text.value(), system_environment(path));
}

}  // namespace slotcast::config
