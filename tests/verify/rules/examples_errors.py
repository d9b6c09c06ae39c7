"""Examples for the rules in `retape.verify.rules.errors`."""

from __future__ import annotations

from verify.rules.answers import GONE, Example, error, stream, told

AFTER = {"retry-after": "2"}

EXAMPLES = (
    Example("error-json", error("<!DOCTYPE html><html>520</html>", 520, kind="text/html"), error(told(), 520)),
    Example("error-json", error([told()]), error(told())),
    Example("error-object", error({"object": "error", "message": "No.", "code": 400}), error(told())),
    Example("error-object", error({"error": "No."}), error(told())),
    Example("error-message", error(told(message=["No."])), error(told())),
    Example("error-message", error(told(message="")), error(told())),
    Example("error-code", error(told(code=400)), error(told(code="400"))),
    Example("error-type", error(told(type=7)), error(told(type="server_error"))),
    Example("error-param", error(told(param=["n"])), error(told(param="n"))),
    Example("error-keys", error(told(param=GONE)), error(told(param=None))),
    Example("error-content-type", error(told(), kind="text/plain"), error(told())),
    Example(
        "error-told-by-decoder",
        error(told(message="invalid character 'e' looking for beginning of value"), 500),
        error(told(message="The server had an error."), 500),
    ),
    Example("error-unknown-model", error(told(code="model_not_found"), 500), error(told(code="model_not_found"), 404)),
    Example("error-429-when", error(told(), 429, headers={"server": "x"}), error(told(), 429, headers=AFTER)),
    Example(
        "error-429-when",
        error(told(), 429),
        error(told(code="insufficient_quota"), 429),
    ),
    Example(
        "error-retry-after",
        error(told(), 503, headers={"retry-after": "-1"}),
        error(told(), 503, headers={"retry-after": "Fri, 21 Nov 2025 07:28:00 GMT", "retry-after-ms": "1500"}),
    ),
    Example(
        "error-retry-after",
        error(told(), 503, headers={"retry-after-ms": "soon"}),
        error(told(), 503, headers=AFTER),
    ),
    Example("error-retry-after-long", error(told(), 503, headers={"retry-after": "54000"}), error(told(), 503)),
    Example("error-as-events", stream(told(), http={"status": 400}), error(told()), also="error-json"),
)
