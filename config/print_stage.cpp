#include "config/print_stage.h"

#include "config/emit.h"
#include "config/units.h"

namespace slotcast::config {
namespace {

void print_jsonl(YAML::Emitter& out, const sink::JsonOptions& options) {
  put_list(out, "meta", options.meta);
  begin(out, "jsonl");
  put_quoted(out, "line_end", options.line_end);
  put_quoted(out, "nan", options.nan);
  out << YAML::EndMap;
}

void print_csv(YAML::Emitter& out, const sink::CsvOptions& options) {
  put_list(out, "meta", options.meta);
  begin(out, "csv");
  put_quoted(out, "separator", options.separator);
  put_quoted(out, "enclosure", options.enclosure);
  put_quoted(out, "escape", options.escape);
  put_quoted(out, "line_end", options.line_end);
  put(out, "header", options.header);
  put_quoted(out, "null", options.null_text);
  out << YAML::EndMap;
}

// What is empty is looked for elsewhere: it is left out.
void print_s3(YAML::Emitter& out, const stage::s3::Settings& settings,
              const std::map<std::string, std::string>& references) {
  begin(out, "s3");
  const std::pair<const char*, const std::string*> texts[] = {
      {"endpoint", &settings.endpoint},     {"region", &settings.region},
      {"path_style", &settings.path_style}, {"profile", &settings.profile},
      {"ca_file", &settings.ca_file},
  };
  for (const auto& [key, text] : texts) {
    if (!text->empty()) put_quoted(out, key, *text);
  }
  for (const auto& [key, written] : references) {
    if (!written.empty()) put_quoted(out, key, written);
  }
  put(out, "connect_timeout", print_duration(settings.connect_timeout));
  put(out, "stall_timeout", print_duration(settings.stall_timeout));
  put(out, "request_timeout", print_duration(settings.request_timeout));
  put(out, "buffer_size", print_size(settings.buffer_bytes_max));
  out << YAML::EndMap;
}

}  // namespace

void print_stage(YAML::Emitter& out, const stage::Options& options,
                 const std::map<std::string, std::string>& references) {
  out << YAML::BeginMap;
  put(out, "url", options.url);
  put_quoted(out, "pattern", options.pattern);
  put(out, "format", name_of(options.format));
  put(out, "compress", name_of(options.compress));
  put(out, "mode", name_of(options.mode));
  put_list(out, "not_null", options.not_null);
  if (options.format == stage::Format::Csv) {
    print_csv(out, options.csv);
  } else {
    print_jsonl(out, options.jsonl);
  }
  if (is_s3(options)) print_s3(out, options.s3, references);
  out << YAML::EndMap;
}

}  // namespace slotcast::config
