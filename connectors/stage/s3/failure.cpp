#include "connectors/stage/s3/failure.h"

#include <algorithm>
#include <array>

#include "connectors/stage/s3/xml.h"

namespace slotcast::stage::s3 {
namespace {

constexpr std::size_t kMessageBytesMax = 300;

struct Meaning {
  const char* code;
  ErrorKind kind;
  const char* advice;
};

constexpr std::array kMeanings{
    Meaning{"InternalError", ErrorKind::Transient, ""},
    Meaning{"ServiceUnavailable", ErrorKind::Transient, ""},
    Meaning{"SlowDown", ErrorKind::Transient, ""},
    Meaning{"TooManyRequests", ErrorKind::Transient, ""},
    Meaning{"Throttling", ErrorKind::Transient, ""},
    Meaning{"ThrottlingException", ErrorKind::Transient, ""},
    Meaning{"RequestLimitExceeded", ErrorKind::Transient, ""},
    Meaning{"RequestTimeout", ErrorKind::Transient, ""},
    Meaning{"OperationAborted", ErrorKind::Transient, ""},
    Meaning{"ConditionalRequestConflict", ErrorKind::Transient, ""},
    Meaning{"IDPCommunicationError", ErrorKind::Transient, ""},
    Meaning{"ExpiredToken", ErrorKind::Transient, "the credentials have ended; renew them"},
    Meaning{"ExpiredTokenException", ErrorKind::Transient,
            "the web identity token has ended; whoever writes its file has to renew it"},
    Meaning{"RequestTimeTooSkewed", ErrorKind::Transient,
            "this machine's clock and the server's differ too much; set it right (NTP)"},
    Meaning{"BadDigest", ErrorKind::Corrupt, "bytes arrived damaged"},
    Meaning{"InvalidDigest", ErrorKind::Corrupt, "bytes arrived damaged"},
    Meaning{"XAmzContentChecksumMismatch", ErrorKind::Corrupt, "bytes arrived damaged"},
    Meaning{"XAmzContentSHA256Mismatch", ErrorKind::Corrupt, "bytes arrived damaged"},
    Meaning{"AccessDenied", ErrorKind::Invalid,
            "allow s3:PutObject, s3:GetObject, s3:ListBucket, s3:AbortMultipartUpload, "
            "s3:ListMultipartUploadParts and s3:ListBucketMultipartUploads (and the bucket's KMS "
            "key, if it has one)"},
    Meaning{"AllAccessDisabled", ErrorKind::Invalid, ""},
    Meaning{"NoSuchBucket", ErrorKind::Invalid, "make the bucket or correct the stage's url"},
    Meaning{"InvalidBucketName", ErrorKind::Invalid, "correct the stage's url"},
    Meaning{"InvalidAccessKeyId", ErrorKind::Invalid,
            "the server does not know this access key id; correct the credentials"},
    Meaning{"XAdminUserNotFound", ErrorKind::Invalid,  // Versity's word for it
            "the server does not know this access key id; correct the credentials"},
    Meaning{"SignatureDoesNotMatch", ErrorKind::Invalid,
            "the secret access key does not belong to the access key id; correct the credentials"},
    Meaning{"InvalidToken", ErrorKind::Invalid,
            "the session token does not belong to these credentials"},
    Meaning{"InvalidIdentityToken", ErrorKind::Invalid,
            "the role does not trust who signed the web identity token"},
    Meaning{"AuthorizationHeaderMalformed", ErrorKind::Invalid, "set the bucket's region"},
    Meaning{"PermanentRedirect", ErrorKind::Invalid, "set the bucket's region or endpoint"},
    Meaning{"TemporaryRedirect", ErrorKind::Transient, ""},
};

const Meaning* find(const std::string& code) {
  const auto* const found = std::find_if(kMeanings.begin(), kMeanings.end(),
                                         [&](const Meaning& each) { return code == each.code; });
  return found == kMeanings.end() ? nullptr : found;
}

// 501 says that the server never will.
bool is_transient(long status) {
  return status == 408 || status == 409 || status == 429 || (status >= 500 && status != 501);
}

std::string advice_of(long status) {
  if (status == 403) return find("AccessDenied")->advice;
  if (status == 301 || status == 307) return find("PermanentRedirect")->advice;
  return "";
}

// <Error> of S3, or <ErrorResponse><Error> of STS.
Xml refusal_of(const Response& response) {
  auto parsed = parse_xml(response.body);
  if (!parsed.ok()) return {};
  Xml root = std::move(parsed).value();
  if (root.name == "Error") return root;
  const Xml* inner = root.child("Error");
  return inner == nullptr ? Xml() : *inner;
}

}  // namespace

std::string code_of(const Response& response) {
  return refusal_of(response).value("Code");
}

// Only Code and Message: other elements of a refusal repeat what was signed.
Error error_of(const Response& response, const std::string& doing) {
  const Xml refusal = refusal_of(response);
  const std::string code = refusal.value("Code");
  const Meaning* meaning = find(code);
  Error error{is_transient(response.status) ? ErrorKind::Transient : ErrorKind::Invalid,
              doing + ": the server answers " + std::to_string(response.status)};
  if (!code.empty()) error.what += " " + code;
  const std::string message = refusal.value("Message").substr(0, kMessageBytesMax);
  if (!message.empty()) error.what += " (" + message + ")";
  if (meaning != nullptr) error.kind = meaning->kind;
  std::string advice = meaning != nullptr ? meaning->advice : advice_of(response.status);
  std::string region = refusal.value("Region");
  if (region.empty() && response.status < 400) region = response.header("x-amz-bucket-region");
  if (!region.empty() && error.kind == ErrorKind::Invalid) {
    advice += "; the bucket is in " + region;
  }
  if (!advice.empty()) error.what += ": " + advice;
  return error;
}

}  // namespace slotcast::stage::s3
