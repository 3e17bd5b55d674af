#include "config/load_stage.h"

namespace slotcast::config {
namespace {

constexpr const char* kPrefix = "sinks.*.stage.";

// YAML's null, written plainly, is the word.
void text_or_null(Mapping& mapping, const char* key, std::string& value) {
  const YAML::Node node = mapping.child(key);
  if (node.IsDefined() && node.IsNull()) {
    value = "null";
  } else {
    mapping.text(key, value);
  }
}

class StageLoader {
 public:
  StageLoader(Mapping& stage, const ConnectorContext& context,
              std::map<std::string, std::string>& references)
      : stage_(stage), context_(context), references_(references) {}

  stage::Options load() {
    using namespace stage;
    stage_.require("url");
    stage_.require("pattern");
    stage_.text("url", options_.url);
    stage_.text("pattern", options_.pattern);
    stage_.choice("format", {Format::Jsonl, Format::Csv}, options_.format);
    stage_.choice("compress", {Compression::None, Compression::Gzip, Compression::Zstd},
                  options_.compress);
    stage_.choice("mode", {Mode::Changes, Mode::Append, Mode::SnapshotOnly}, options_.mode);
    for (const auto& [column, place] : stage_.texts("not_null", /*may_be_empty=*/true))
      options_.not_null.push_back(column);
    load_meta();
    const bool is_csv = options_.format == Format::Csv;
    only_if(!is_csv, "jsonl", "is for format: jsonl",
            [this](Mapping& jsonl) { load_jsonl(jsonl); });
    only_if(is_csv, "csv", "is for format: csv", [this](Mapping& csv) { load_csv(csv); });
    only_if(is_s3(options_), "s3", "is for a url that begins with s3://",
            [this](Mapping& s3) { load_s3(s3); });
    stage_.finish(kPrefix, context_.known_keys);
    return std::move(options_);
  }

 private:
  // Settings that would do nothing are a mistake.
  template <class Load>
  void only_if(bool fits, const char* key, const char* why, const Load& load_it) {
    if (fits) return stage_.with(key, load_it);
    stage_.refuse(key, why);
  }

  void load_meta() {
    if (!stage_.has("meta")) return;
    std::vector<std::string> names;
    for (auto& [name, place] : stage_.texts("meta", /*may_be_empty=*/true)) names.push_back(name);
    options_.csv.meta = names;
    options_.jsonl.meta = std::move(names);
  }

  void load_jsonl(Mapping& jsonl) {
    jsonl.text("line_end", options_.jsonl.line_end);
    text_or_null(jsonl, "nan", options_.jsonl.nan);
    jsonl.finish(std::string(kPrefix) + "jsonl.", context_.known_keys);
  }

  void load_csv(Mapping& csv) {
    sink::CsvOptions& options = options_.csv;
    csv.text("separator", options.separator);
    csv.text("enclosure", options.enclosure);
    options.escape = options.enclosure;
    csv.text("escape", options.escape);
    csv.text("line_end", options.line_end);
    csv.boolean("header", options.header);
    csv.text("null", options.null_text);
    csv.finish(std::string(kPrefix) + "csv.", context_.known_keys);
  }

  void load_s3(Mapping& s3) {
    stage::s3::Settings& settings = options_.s3;
    s3.text("endpoint", settings.endpoint);
    s3.text("region", settings.region);
    s3.text("path_style", settings.path_style);
    s3.text("profile", settings.profile);
    const auto secret = [&](const char* key, std::string& value) {
      s3.secret(key, context_.environment, value, references_[key]);
    };
    secret("access_key_id", settings.access_key_id);
    secret("secret_access_key", settings.secret_access_key);
    secret("session_token", settings.session_token);
    s3.text("ca_file", settings.ca_file);
    s3.duration("connect_timeout", settings.connect_timeout);
    s3.duration("stall_timeout", settings.stall_timeout);
    s3.duration("request_timeout", settings.request_timeout);
    s3.size("buffer_size", settings.buffer_bytes_max);
    s3.finish(std::string(kPrefix) + "s3.", context_.known_keys);
  }

  Mapping& stage_;
  const ConnectorContext& context_;
  std::map<std::string, std::string>& references_;
  stage::Options options_;
};

}  // namespace

stage::Options load_stage(Mapping& sink, const ConnectorContext& context,
                          std::map<std::string, std::string>& references) {
  stage::Options options;
  sink.with("stage",
            [&](Mapping& stage) { options = StageLoader(stage, context, references).load(); });
  return options;
}

}  // namespace slotcast::config
