#include "connectors/stage/s3/bucket.h"

#include <charconv>

#include "connectors/stage/s3/digest.h"
#include "connectors/stage/s3/failure.h"
#include "connectors/stage/s3/uri.h"
#include "connectors/stage/s3/xml.h"

namespace slotcast::stage::s3 {
namespace {

constexpr const char* kMarkHeader = "x-amz-meta-slotcast";
constexpr int kPagesMax = 10'000;

bool is_gone(const Response& response) {
  return response.status == 404 && code_of(response) == "NoSuchUpload";
}

bool is_expired(const Request& request, const Response& response) {
  if (response.status != 400 && response.status != 403) return false;
  // An answer to HEAD cannot say why.
  if (request.method == "HEAD" && response.status == 400) return true;
  const std::string code = code_of(response);
  return code == "ExpiredToken" || code == "TokenRefreshRequired";
}

Result<std::uint64_t> number_of(const std::string& text) {
  std::uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (read.ec != std::errc() || read.ptr != end) return corrupt("not a number: \"" + text + "\"");
  return number;
}

std::string unquoted(std::string etag) {
  std::erase(etag, '"');
  return etag;
}

std::string query_of(const UnfinishedUpload& upload) {
  return "uploadId=" + uri_encode(upload.id, false);
}

std::string xml_of(const std::vector<Part>& parts) {
  std::string xml = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
  for (const Part& part : parts) {
    xml += "<Part><PartNumber>" + std::to_string(part.number) + "</PartNumber><ETag>&quot;" +
           xml_escape(part.etag) + "&quot;</ETag>";
    if (!part.crc32c.empty()) {
      xml += "<ChecksumCRC32C>" + xml_escape(part.crc32c) + "</ChecksumCRC32C>";
    }
    xml += "</Part>";
  }
  return xml + "</CompleteMultipartUpload>";
}

Status read_parts(const Xml& page, std::vector<Part>& parts) {
  for (const Xml& each : page.children) {
    if (each.name != "Part") continue;
    TRY_ASSIGN(const std::uint64_t number, number_of(each.value("PartNumber")));
    TRY_ASSIGN(const std::uint64_t bytes, number_of(each.value("Size")));
    parts.push_back({static_cast<int>(number), unquoted(each.value("ETag")), bytes,
                     each.value("ChecksumCRC32C")});
  }
  return {};
}

// An answer of 200 may still refuse: S3 sends its head before it knows.
Result<Completion> completion_of(Response response, const std::string& doing) {
  const std::string code = code_of(response);
  if (response.status == 200 && code.empty()) {
    const auto root = parse_xml(response.body);
    // Cut in the document: nobody knows, and the next look at the upload tells.
    if (!root.ok()) return transient(doing + ": the answer is cut");
    if (root.value().name == "CompleteMultipartUploadResult") return Completion::Done;
    return corrupt(doing + ": the server answers <" + root.value().name + ">");
  }
  if (response.status == 412 || code == "PreconditionFailed") return Completion::NameTaken;
  if (response.status == 501 || code == "NotImplemented") return Completion::Unsupported;
  if (code == "NoSuchUpload") return Completion::NoUpload;
  if (response.status == 200) response.status = 500;
  return error_of(response, doing);
}

}  // namespace

Result<Response> Bucket::send(Request request, const std::string& key, const std::string& query) {
  request.url = address_.base + (key.empty() ? "" : "/" + uri_encode(key, true));
  if (!query.empty()) request.url += "?" + query;
  request.region = address_.region;
  TRY_ASSIGN(request.credentials, credentials_.current());
  TRY_ASSIGN(Response response, http_.send(request));
  if (!is_expired(request, response)) return response;
  // Refused for that alone, so it did nothing and may be sent again, with newer ones.
  credentials_.discard();
  TRY_ASSIGN(request.credentials, credentials_.current());
  return http_.send(request);
}

Result<std::string> Bucket::create_upload(const std::string& key, const std::string& mark) {
  const std::string doing = "beginning the upload of " + key;
  Request request;
  request.method = "POST";
  request.headers = {"Content-Type: application/octet-stream", "x-amz-checksum-algorithm: CRC32C",
                     std::string(kMarkHeader) + ": " + mark};
  TRY_ASSIGN(const Response response, send(request, key, "uploads="));
  if (response.status != 200) return error_of(response, doing);
  TRY_ASSIGN(const Xml root, parse_xml(response.body));
  std::string id = root.value("UploadId");
  if (id.empty()) return corrupt(doing + ": the server answers without an upload id");
  // The first of two has an id that nobody was told.
  if (response.sent > 1) TRY(abort_others({key, id}));
  return id;
}

Status Bucket::abort_others(const UnfinishedUpload& ours) {
  TRY_ASSIGN(const auto all, uploads(ours.key));
  for (const UnfinishedUpload& each : all) {
    if (each.key == ours.key && each.id != ours.id) TRY(abort(each));
  }
  return {};
}

Result<Part> Bucket::put_part(const UnfinishedUpload& upload, int number, std::string_view bytes) {
  const std::string doing = "part " + std::to_string(number) + " of " + upload.key;
  const std::string crc32c = crc32c_base64(bytes);
  Request request;
  request.method = "PUT";
  request.headers = {"x-amz-checksum-crc32c: " + crc32c};
  request.body = bytes;
  const std::string query = "partNumber=" + std::to_string(number) + "&" + query_of(upload);
  TRY_ASSIGN(const Response response, send(request, upload.key, query));
  if (response.status != 200) return error_of(response, doing);
  const std::string& answered = response.header("x-amz-checksum-crc32c");
  if (!answered.empty() && answered != crc32c) {
    return corrupt(doing + ": the server has other bytes than were sent, CRC-32C " + answered +
                   " and not " + crc32c);
  }
  std::string etag = unquoted(response.header("etag"));
  if (etag.empty()) return corrupt(doing + ": the server answers without an ETag");
  return Part{number, std::move(etag), bytes.size(), crc32c};
}

Result<std::optional<std::vector<Part>>> Bucket::parts_of(const UnfinishedUpload& upload) {
  const std::string doing = "listing the parts of " + upload.key;
  std::vector<Part> parts;
  std::string after;
  for (int page = 0; page < kPagesMax; ++page) {
    const std::string from = after.empty() ? "" : "part-number-marker=" + after + "&";
    TRY_ASSIGN(const Response response, send({}, upload.key, from + query_of(upload)));
    if (is_gone(response)) return std::optional<std::vector<Part>>();
    if (response.status != 200) return error_of(response, doing);
    TRY_ASSIGN(const Xml root, parse_xml(response.body));
    if (root.name != "ListPartsResult") {
      return corrupt(doing + ": the server answers <" + root.name + ">");
    }
    TRY(read_parts(root, parts).prefixed(doing));
    if (root.value("IsTruncated") != "true") return std::optional(std::move(parts));
    after = uri_encode(root.value("NextPartNumberMarker"), false);
  }
  return corrupt(doing + ": the list does not end");
}

Result<Completion> Bucket::complete(const UnfinishedUpload& upload, const std::vector<Part>& parts,
                                    bool only_if_absent) {
  const std::string xml = xml_of(parts);
  Request request;
  request.method = "POST";
  request.headers = {"Content-Type: application/xml"};
  if (only_if_absent) request.headers.emplace_back("If-None-Match: *");
  request.body = xml;
  request.may_last = true;
  TRY_ASSIGN(Response response, send(request, upload.key, query_of(upload)));
  return completion_of(std::move(response), "completing " + upload.key);
}

Status Bucket::abort(const UnfinishedUpload& upload) {
  Request request;
  request.method = "DELETE";
  TRY_ASSIGN(const Response response, send(request, upload.key, query_of(upload)));
  if (response.status == 204 || response.status == 200 || is_gone(response)) return {};
  return error_of(response, "aborting the upload of " + upload.key);
}

Result<std::vector<UnfinishedUpload>> Bucket::uploads(const std::string& prefix) {
  const std::string doing = "listing unfinished uploads";
  std::vector<UnfinishedUpload> found;
  std::string key_after;
  std::string id_after;
  for (int page = 0; page < kPagesMax; ++page) {
    std::string query;
    if (!key_after.empty()) query += "key-marker=" + uri_encode(key_after, false) + "&";
    query += "prefix=" + uri_encode(prefix, false);
    if (!id_after.empty()) query += "&upload-id-marker=" + uri_encode(id_after, false);
    query += "&uploads=";
    TRY_ASSIGN(const Response response, send({}, "", query));
    if (response.status != 200) return error_of(response, doing);
    TRY_ASSIGN(const Xml root, parse_xml(response.body));
    if (root.name != "ListMultipartUploadsResult") {
      return corrupt(doing + ": the server answers <" + root.name + ">");
    }
    for (const Xml& each : root.children) {
      if (each.name == "Upload") found.push_back({each.value("Key"), each.value("UploadId")});
    }
    if (root.value("IsTruncated") != "true") return found;
    key_after = root.value("NextKeyMarker");
    id_after = root.value("NextUploadIdMarker");
  }
  return corrupt(doing + ": the list does not end");
}

Result<std::optional<ObjectFacts>> Bucket::facts(const std::string& key) {
  Request request;
  request.method = "HEAD";
  TRY_ASSIGN(const Response response, send(request, key, ""));
  if (response.status == 404) return std::optional<ObjectFacts>();
  if (response.status != 200) return error_of(response, "looking at " + key);
  TRY_ASSIGN(const std::uint64_t bytes, number_of(response.header("content-length")));
  return std::optional(ObjectFacts{bytes, response.header(kMarkHeader)});
}

Result<std::optional<std::string>> Bucket::get(const std::string& key) {
  TRY_ASSIGN(Response response, send({}, key, ""));
  if (response.status == 404 && code_of(response) == "NoSuchKey") {
    return std::optional<std::string>();
  }
  if (response.status != 200) return error_of(response, "reading " + key);
  return std::optional(std::move(response.body));
}

Result<Response> Bucket::put_text(const std::string& key, std::string_view text,
                                  bool only_if_absent) {
  Request request;
  request.method = "PUT";
  request.headers = {"Content-Type: text/plain", "x-amz-checksum-crc32c: " + crc32c_base64(text)};
  if (only_if_absent) request.headers.emplace_back("If-None-Match: *");
  request.body = text;
  return send(request, key, "");
}

Status Bucket::put(const std::string& key, std::string_view text) {
  TRY_ASSIGN(const Response response, put_text(key, text, false));
  return response.status == 200 ? Status() : Status(error_of(response, "writing " + key));
}

Result<Completion> Bucket::put_if_absent(const std::string& key, std::string_view text) {
  TRY_ASSIGN(const Response response, put_text(key, text, true));
  if (response.status == 200) return Completion::Done;
  if (response.status == 412) return Completion::NameTaken;
  if (response.status == 501) return Completion::Unsupported;
  return error_of(response, "writing " + key);
}

}  // namespace slotcast::stage::s3
