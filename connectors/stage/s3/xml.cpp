#include "connectors/stage/s3/xml.h"

#include <expat.h>

#include <algorithm>
#include <limits>
#include <memory>

namespace slotcast::stage::s3 {
namespace {

constexpr std::size_t kDepthMax = 16;

struct Building {
  XML_Parser parser = nullptr;
  Xml root;
  // The open elements' ancestors and themselves; children are added to the last one only, so that
  // no vector grows while something points into it.
  std::vector<Xml> open;
};

void on_start(void* user, const XML_Char* name, const XML_Char** /*attributes*/) {
  auto& building = *static_cast<Building*>(user);
  if (building.open.size() == kDepthMax) {
    XML_StopParser(building.parser, XML_FALSE);
    return;
  }
  building.open.push_back({name, "", {}});
}

void on_end(void* user, const XML_Char* /*name*/) {
  auto& building = *static_cast<Building*>(user);
  if (building.open.empty()) return;
  Xml done = std::move(building.open.back());
  building.open.pop_back();
  if (building.open.empty()) {
    building.root = std::move(done);
  } else {
    building.open.back().children.push_back(std::move(done));
  }
}

void on_text(void* user, const XML_Char* text, int size) {
  auto& building = *static_cast<Building*>(user);
  if (!building.open.empty())
    building.open.back().text.append(text, static_cast<std::size_t>(size));
}

void on_doctype(void* user, const XML_Char* /*name*/, const XML_Char* /*system*/,
                const XML_Char* /*public_id*/, int /*has_internal_subset*/) {
  XML_StopParser(static_cast<Building*>(user)->parser, XML_FALSE);
}

}  // namespace

const Xml* Xml::child(std::string_view wanted) const {
  for (const Xml& each : children) {
    if (each.name == wanted) return &each;
  }
  return nullptr;
}

std::string Xml::value(std::string_view wanted) const {
  const Xml* found = child(wanted);
  return found == nullptr ? "" : found->text;
}

Result<Xml> parse_xml(std::string_view text) {
  const std::unique_ptr<std::remove_pointer_t<XML_Parser>, void (*)(XML_Parser)> parser(
      XML_ParserCreate(nullptr), XML_ParserFree);
  ENSURE(parser != nullptr);
  if (text.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    return corrupt("an XML document of " + std::to_string(text.size()) + " bytes");
  }
  // S3 sends blanks while it thinks, and some servers do so before the document.
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  Building building;
  building.parser = parser.get();
  XML_SetUserData(parser.get(), &building);
  XML_SetElementHandler(parser.get(), on_start, on_end);
  XML_SetCharacterDataHandler(parser.get(), on_text);
  XML_SetStartDoctypeDeclHandler(parser.get(), on_doctype);
  if (XML_Parse(parser.get(), text.data(), static_cast<int>(text.size()), 1) != XML_STATUS_OK) {
    return corrupt(std::string("XML: ") + XML_ErrorString(XML_GetErrorCode(parser.get())));
  }
  return std::move(building.root);
}

std::string xml_escape(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '&') {
      escaped += "&amp;";
    } else if (c == '<') {
      escaped += "&lt;";
    } else if (c == '>') {
      escaped += "&gt;";
    } else if (c == '"') {
      escaped += "&quot;";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

}  // namespace slotcast::stage::s3
