"""The models, a row each: (id, kind, context, most output, created, traits, owner).

Names are those of the official client's own lists (openai 1 to 3) and of recorded `GET /v1/models` answers, creation
times too as far as a recording has the model; else midnight UTC of the day in its name, or of its announcement.
Windows and output limits in tokens are those of OpenAI's model pages; where a page gives none, its family's. Traits say
what a model refuses; `models.TRAITS` has the words, and where each was seen.
"""

from __future__ import annotations

from typing import Literal

Kind = Literal[
    "chat", "reasoning", "audio", "completion", "embedding", "image", "speech", "transcription", "moderation",
    "video", "realtime", "any",
]  # fmt: skip

Row = tuple[str, Kind, int, int, int, str]

_K = 1000

_PLAIN = "no-web-search no-reasoning-effort"
_OLD = f"{_PLAIN} no-json-schema"  # before structured outputs
_TEXT = f"{_OLD} no-images"
_FIRST = f"{_TEXT} no-json-object"  # gpt-4 and gpt-3.5 of 2023
_AUDIO = f"{_TEXT} no-json-object no-logprobs fails-at-limit"
_SEARCH = "no-reasoning-effort no-temperature no-top-p no-penalties no-logprobs no-images chat-only"

_SAMPLING = "no-temperature no-top-p no-penalties no-logprobs no-max-tokens no-web-search no-function-role"
_O_1 = f"{_SAMPLING} no-parallel-tools effort-low effort-medium effort-high"
_O = f"{_O_1} no-stop verified"
_O_MINI_1 = f"{_SAMPLING} no-stop no-system no-developer no-tools no-images no-json-object no-json-schema" + (
    " no-reasoning-effort"
)
_GPT_5 = f"{_SAMPLING} no-stop verified effort-minimal effort-low effort-medium effort-high"
_NONE_UP = "effort-none effort-low effort-medium effort-high"
_GPT_5_1 = f"{_SAMPLING} no-stop verified sampling-at-none {_NONE_UP}"
_GPT_5_2 = f"{_GPT_5_1} effort-xhigh"
_GPT_5_6 = f"{_SAMPLING} no-stop verified tools-at-none effort-minimal {_NONE_UP} effort-xhigh effort-max"
_CODEX = f"{_SAMPLING} no-stop effort-low effort-medium effort-high"
_PRO = f"{_SAMPLING} no-stop effort-medium effort-high effort-xhigh"
_CHAT_LATEST = f"{_SAMPLING} no-stop effort-medium"
_ALONE = " responses-only"
_RESEARCH = f"{_O}{_ALONE} no-json-schema"
_GONE = " shut-down"

ROWS: tuple[Row, ...] = (
    ("gpt-3.5-turbo", "chat", 16_385, 4096, 1677610602, _TEXT),
    ("gpt-3.5-turbo-0125", "chat", 16_385, 4096, 1706048358, _TEXT),
    ("gpt-3.5-turbo-1106", "chat", 16_385, 4096, 1698959748, _TEXT),
    ("gpt-3.5-turbo-16k", "chat", 16_385, 4096, 1683758102, _FIRST + _GONE),
    ("gpt-3.5-turbo-16k-0613", "chat", 16_385, 4096, 1685474247, _FIRST + _GONE),
    ("gpt-3.5-turbo-0301", "chat", 4097, 4096, 1677649963, _FIRST + _GONE),
    ("gpt-3.5-turbo-0613", "chat", 4097, 4096, 1686587434, _FIRST + _GONE),
    ("gpt-4", "chat", 8192, 8192, 1687882411, _FIRST),
    ("gpt-4-0314", "chat", 8192, 8192, 1687882410, _FIRST),
    ("gpt-4-0613", "chat", 8192, 8192, 1686588896, _FIRST),
    ("gpt-4-32k", "chat", 32_768, 32_768, 1686614400, _FIRST + _GONE),
    ("gpt-4-32k-0314", "chat", 32_768, 32_768, 1687979321, _FIRST + _GONE),
    ("gpt-4-32k-0613", "chat", 32_768, 32_768, 1686614400, _FIRST + _GONE),
    ("gpt-4-1106-preview", "chat", 128 * _K, 4096, 1698957206, _TEXT),
    ("gpt-4-0125-preview", "chat", 128 * _K, 4096, 1706037612, _TEXT),
    ("gpt-4-vision-preview", "chat", 128 * _K, 4096, 1698894917, _OLD + _GONE),
    ("gpt-4-turbo-preview", "chat", 128 * _K, 4096, 1706037777, _TEXT),
    ("gpt-4-turbo", "chat", 128 * _K, 4096, 1712361441, _OLD),
    ("gpt-4-turbo-2024-04-09", "chat", 128 * _K, 4096, 1712601677, _OLD),
    ("gpt-4o", "chat", 128 * _K, 16_384, 1715367049, _PLAIN),
    ("gpt-4o-2024-05-13", "chat", 128 * _K, 4096, 1715368132, _OLD),
    ("gpt-4o-2024-08-06", "chat", 128 * _K, 16_384, 1722814719, _PLAIN),
    ("gpt-4o-2024-11-20", "chat", 128 * _K, 16_384, 1739331543, _PLAIN),
    ("gpt-4o-mini", "chat", 128 * _K, 16_384, 1721172741, _PLAIN),
    ("gpt-4o-mini-2024-07-18", "chat", 128 * _K, 16_384, 1721172717, _PLAIN),
    ("chatgpt-4o-latest", "chat", 128 * _K, 16_384, 1723515131, _OLD + " no-tools"),
    ("gpt-4.1", "chat", 1_047_576, 32_768, 1744316542, _PLAIN),
    ("gpt-4.1-2025-04-14", "chat", 1_047_576, 32_768, 1744315746, _PLAIN),
    ("gpt-4.1-mini", "chat", 1_047_576, 32_768, 1744318173, _PLAIN),
    ("gpt-4.1-mini-2025-04-14", "chat", 1_047_576, 32_768, 1744317547, _PLAIN),
    ("gpt-4.1-nano", "chat", 1_047_576, 32_768, 1744321707, _PLAIN),
    ("gpt-4.1-nano-2025-04-14", "chat", 1_047_576, 32_768, 1744321025, _PLAIN),
    ("gpt-4.5-preview", "chat", 128 * _K, 16_384, 1740623059, _PLAIN + _GONE),
    ("gpt-4.5-preview-2025-02-27", "chat", 128 * _K, 16_384, 1740623304, _PLAIN + _GONE),
    ("gpt-4o-search-preview", "chat", 128 * _K, 16_384, 1741388720, _SEARCH),
    ("gpt-4o-search-preview-2025-03-11", "chat", 128 * _K, 16_384, 1741388170, _SEARCH),
    ("gpt-4o-mini-search-preview", "chat", 128 * _K, 16_384, 1741391161, _SEARCH),
    ("gpt-4o-mini-search-preview-2025-03-11", "chat", 128 * _K, 16_384, 1741390858, _SEARCH),
    ("gpt-5-search-api", "chat", 400 * _K, 128 * _K, 1759514629, _SEARCH),
    ("gpt-5-search-api-2025-10-14", "chat", 400 * _K, 128 * _K, 1760043960, _SEARCH),
    ("gpt-4o-audio-preview", "audio", 128 * _K, 16_384, 1727460443, _AUDIO),
    ("gpt-4o-audio-preview-2024-10-01", "audio", 128 * _K, 16_384, 1727389042, _AUDIO + _GONE),
    ("gpt-4o-audio-preview-2024-12-17", "audio", 128 * _K, 16_384, 1734034239, _AUDIO),
    ("gpt-4o-audio-preview-2025-06-03", "audio", 128 * _K, 16_384, 1748908498, _AUDIO),
    ("gpt-4o-mini-audio-preview", "audio", 128 * _K, 16_384, 1734387424, _AUDIO),
    ("gpt-4o-mini-audio-preview-2024-12-17", "audio", 128 * _K, 16_384, 1734115920, _AUDIO),
    ("gpt-audio", "audio", 128 * _K, 16_384, 1756339249, _AUDIO),
    ("gpt-audio-2025-08-28", "audio", 128 * _K, 16_384, 1756256146, _AUDIO),
    ("gpt-audio-mini", "audio", 128 * _K, 16_384, 1759512027, _AUDIO),
    ("gpt-audio-mini-2025-10-06", "audio", 128 * _K, 16_384, 1759512137, _AUDIO),
    ("gpt-audio-mini-2025-12-15", "audio", 128 * _K, 16_384, 1765756800, _AUDIO),
    ("gpt-audio-1.5", "audio", 128 * _K, 16_384, 1771286400, _AUDIO),
    ("o1", "reasoning", 200 * _K, 100 * _K, 1734375816, _O_1),
    ("o1-2024-12-17", "reasoning", 200 * _K, 100 * _K, 1734326976, _O_1),
    ("o1-preview", "reasoning", 128 * _K, 32_768, 1725648897, _O_MINI_1),
    ("o1-preview-2024-09-12", "reasoning", 128 * _K, 32_768, 1725648865, _O_MINI_1),
    ("o1-mini", "reasoning", 128 * _K, 65_536, 1725649008, _O_MINI_1),
    ("o1-mini-2024-09-12", "reasoning", 128 * _K, 65_536, 1725648979, _O_MINI_1),
    ("o1-pro", "reasoning", 200 * _K, 100 * _K, 1742251791, _O_1 + _ALONE + " no-stream"),
    ("o1-pro-2025-03-19", "reasoning", 200 * _K, 100 * _K, 1742251504, _O_1 + _ALONE + " no-stream"),
    ("o3", "reasoning", 200 * _K, 100 * _K, 1744225308, _O),
    ("o3-2025-04-16", "reasoning", 200 * _K, 100 * _K, 1744133301, _O),
    ("o3-mini", "reasoning", 200 * _K, 100 * _K, 1737146383, _O_1 + " no-images"),
    ("o3-mini-2025-01-31", "reasoning", 200 * _K, 100 * _K, 1738010200, _O_1 + " no-images"),
    ("o3-pro", "reasoning", 200 * _K, 100 * _K, 1748475349, _O + _ALONE),
    ("o3-pro-2025-06-10", "reasoning", 200 * _K, 100 * _K, 1749166761, _O + _ALONE),
    ("o3-deep-research", "reasoning", 200 * _K, 100 * _K, 1749840121, _RESEARCH),
    ("o3-deep-research-2025-06-26", "reasoning", 200 * _K, 100 * _K, 1750865219, _RESEARCH),
    ("o4-mini", "reasoning", 200 * _K, 100 * _K, 1744225351, _O),
    ("o4-mini-2025-04-16", "reasoning", 200 * _K, 100 * _K, 1744133506, _O),
    ("o4-mini-deep-research", "reasoning", 200 * _K, 100 * _K, 1749685485, _RESEARCH),
    ("o4-mini-deep-research-2025-06-26", "reasoning", 200 * _K, 100 * _K, 1750866121, _RESEARCH),
    ("codex-mini-latest", "reasoning", 200 * _K, 100 * _K, 1746673257, _CODEX),
    ("computer-use-preview", "reasoning", 8192, 1024, 1734655677, _SAMPLING + _ALONE),
    ("computer-use-preview-2025-03-11", "reasoning", 8192, 1024, 1741377021, _SAMPLING + _ALONE),
    ("gpt-5", "reasoning", 400 * _K, 128 * _K, 1754425777, _GPT_5),
    ("gpt-5-2025-08-07", "reasoning", 400 * _K, 128 * _K, 1754075360, _GPT_5),
    ("gpt-5-mini", "reasoning", 400 * _K, 128 * _K, 1754425928, _GPT_5),
    ("gpt-5-mini-2025-08-07", "reasoning", 400 * _K, 128 * _K, 1754425867, _GPT_5),
    ("gpt-5-nano", "reasoning", 400 * _K, 128 * _K, 1754426384, _GPT_5),
    ("gpt-5-nano-2025-08-07", "reasoning", 400 * _K, 128 * _K, 1754426303, _GPT_5),
    ("gpt-5-chat-latest", "chat", 128 * _K, 16_384, 1754073306, _PLAIN + " no-tools no-json-schema"),
    ("gpt-5-codex", "reasoning", 400 * _K, 128 * _K, 1757527818, _CODEX + _ALONE),
    ("gpt-5-pro", "reasoning", 400 * _K, 272 * _K, 1759469822, _SAMPLING + " no-stop effort-high" + _ALONE),
    ("gpt-5-pro-2025-10-06", "reasoning", 400 * _K, 272 * _K, 1759469707, _SAMPLING + " no-stop effort-high" + _ALONE),
    ("gpt-5.1", "reasoning", 400 * _K, 128 * _K, 1762800673, _GPT_5_1),
    ("gpt-5.1-2025-11-13", "reasoning", 400 * _K, 128 * _K, 1762800353, _GPT_5_1),
    ("gpt-5.1-mini", "reasoning", 400 * _K, 128 * _K, 1762992000, _GPT_5_1),
    ("gpt-5.1-chat-latest", "reasoning", 128 * _K, 16_384, 1762547951, _CHAT_LATEST),
    ("gpt-5.1-codex", "reasoning", 400 * _K, 128 * _K, 1762988221, _CODEX),
    ("gpt-5.1-codex-max", "reasoning", 400 * _K, 128 * _K, 1763671532, _CODEX + " effort-none effort-xhigh" + _ALONE),
    ("gpt-5.2", "reasoning", 400 * _K, 128 * _K, 1765313051, _GPT_5_2),
    ("gpt-5.2-2025-12-11", "reasoning", 400 * _K, 128 * _K, 1765313028, _GPT_5_2),
    ("gpt-5.2-chat-latest", "reasoning", 128 * _K, 16_384, 1765344352, _CHAT_LATEST),
    ("gpt-5.2-pro", "reasoning", 400 * _K, 128 * _K, 1765343983, _PRO),
    ("gpt-5.2-pro-2025-12-11", "reasoning", 400 * _K, 128 * _K, 1765343959, _PRO),
    ("gpt-5.3-chat-latest", "reasoning", 128 * _K, 16_384, 1772496000, _CHAT_LATEST),
    ("gpt-5.4", "reasoning", 1050 * _K, 128 * _K, 1772668800, _GPT_5_2),
    ("gpt-5.4-mini", "reasoning", 400 * _K, 128 * _K, 1773705600, _GPT_5_2),
    ("gpt-5.4-mini-2026-03-17", "reasoning", 400 * _K, 128 * _K, 1773705600, _GPT_5_2),
    ("gpt-5.4-nano", "reasoning", 400 * _K, 128 * _K, 1773705600, _GPT_5_2),
    ("gpt-5.4-nano-2026-03-17", "reasoning", 400 * _K, 128 * _K, 1773705600, _GPT_5_2),
    ("gpt-5.5", "reasoning", 1050 * _K, 128 * _K, 1776902400, _GPT_5_2),
    ("gpt-5.5-2026-04-23", "reasoning", 1050 * _K, 128 * _K, 1776902400, _GPT_5_2),
    ("gpt-5.5-pro", "reasoning", 1050 * _K, 128 * _K, 1776902400, _PRO + _ALONE),
    ("gpt-5.5-pro-2026-04-23", "reasoning", 1050 * _K, 128 * _K, 1776902400, _PRO + _ALONE),
    ("gpt-5.6-sol", "reasoning", 1050 * _K, 128 * _K, 1782864000, _GPT_5_6),
    ("gpt-5.6-terra", "reasoning", 1050 * _K, 128 * _K, 1782864000, _GPT_5_6),
    ("gpt-5.6-luna", "reasoning", 1050 * _K, 128 * _K, 1782864000, _GPT_5_6),
    ("gpt-5.6-cyber", "reasoning", 1050 * _K, 128 * _K, 1782864000, _GPT_5_6 + _ALONE),
    ("gpt-6-sol", "reasoning", 1050 * _K, 128 * _K, 1788220800, _GPT_5_6),
    ("gpt-6-luna", "reasoning", 1050 * _K, 128 * _K, 1788220800, _GPT_5_6),
    ("gpt-6-astra", "reasoning", 1050 * _K, 128 * _K, 1788220800, _GPT_5_6),
    ("gpt-6.1-sol", "reasoning", 1050 * _K, 128 * _K, 1790812800, _GPT_5_6),
    ("gpt-6.1-terra", "reasoning", 1050 * _K, 128 * _K, 1790812800, _GPT_5_6),
    ("gpt-6.2-sol", "reasoning", 1050 * _K, 128 * _K, 1793491200, _GPT_5_6),
    ("gpt-6.2-astra", "reasoning", 1050 * _K, 128 * _K, 1793491200, _GPT_5_6),
    ("gpt-6.2-astra-law", "reasoning", 1050 * _K, 128 * _K, 1793491200, _GPT_5_6 + _ALONE),
    ("gpt-6-cyber", "reasoning", 1050 * _K, 128 * _K, 1788220800, _GPT_5_6 + _ALONE),
    ("gpt-6-rosalind", "reasoning", 1050 * _K, 128 * _K, 1788220800, _GPT_5_6 + _ALONE),
    ("gpt-rosalind-research", "reasoning", 1050 * _K, 128 * _K, 1782864000, _GPT_5_6 + _ALONE),
    ("gpt-daybreak-blue-latest", "reasoning", 1050 * _K, 128 * _K, 1782864000, _GPT_5_6 + _ALONE),
    ("gpt-daybreak-red-latest", "reasoning", 1050 * _K, 128 * _K, 1782864000, _GPT_5_6 + _ALONE),
    ("gpt-3.5-turbo-instruct", "completion", 4097, 4096, 1692901427, ""),
    ("gpt-3.5-turbo-instruct-0914", "completion", 4097, 4096, 1694122472, ""),
    ("davinci-002", "completion", 16_384, 16_384, 1692634301, ""),
    ("babbage-002", "completion", 16_384, 16_384, 1692634615, ""),
    ("text-embedding-ada-002", "embedding", 8192, 1536, 1671217299, "no-dimensions"),
    ("text-embedding-3-small", "embedding", 8192, 1536, 1705948997, ""),
    ("text-embedding-3-large", "embedding", 8192, 3072, 1705953180, ""),
    ("dall-e-2", "image", 1000, 0, 1698798177, "size-list"),
    ("dall-e-3", "image", 4000, 0, 1698785189, "size-list"),
    ("gpt-image-1", "image", 32 * _K, 0, 1745517030, "size-list verified"),
    ("gpt-image-1-mini", "image", 32 * _K, 0, 1758845821, "size-list verified"),
    ("gpt-image-1.5", "image", 32 * _K, 0, 1764030620, "size-list verified"),
    ("chatgpt-image-latest", "image", 32 * _K, 0, 1765925279, "size-list verified"),
    ("gpt-image-2", "image", 32 * _K, 0, 1776729600, "verified"),
    ("gpt-image-2-2026-04-21", "image", 32 * _K, 0, 1776729600, "verified"),
    ("gpt-image-2.5-sunburst", "image", 32 * _K, 0, 1788825600, "verified"),
    ("gpt-image-2.5-sunburst-2026-09-08", "image", 32 * _K, 0, 1788825600, "verified"),
    ("gpt-image-2.5-flare", "image", 32 * _K, 0, 1788825600, "verified"),
    ("gpt-image-2.5-flare-2026-09-08", "image", 32 * _K, 0, 1788825600, "verified"),
    ("gpt-image-2.6-sunburst", "image", 32 * _K, 0, 1790812800, "verified"),
    ("gpt-image-2.6-flare", "image", 32 * _K, 0, 1790812800, "verified"),
    ("tts-1", "speech", 4096, 0, 1681940951, ""),
    ("tts-1-1106", "speech", 4096, 0, 1699053241, ""),
    ("tts-1-hd", "speech", 4096, 0, 1699046015, ""),
    ("tts-1-hd-1106", "speech", 4096, 0, 1699053533, ""),
    ("gpt-4o-mini-tts", "speech", 4096, 0, 1742403959, ""),
    ("gpt-4o-mini-tts-2025-12-15", "speech", 4096, 0, 1765756800, ""),
    ("whisper-1", "transcription", 448, 0, 1677532384, ""),
    ("gpt-transcribe", "transcription", 16 * _K, 2000, 1788220800, "json-only"),
    ("gpt-4o-transcribe", "transcription", 16 * _K, 2000, 1742068463, "json-only"),
    ("gpt-4o-transcribe-latest", "transcription", 16 * _K, 2000, 1742068463, "json-only"),
    ("gpt-4o-mini-transcribe", "transcription", 16 * _K, 2000, 1742068596, "json-only"),
    ("gpt-4o-mini-transcribe-2025-12-15", "transcription", 16 * _K, 2000, 1765756800, "json-only"),
    ("gpt-4o-transcribe-diarize", "transcription", 16 * _K, 2000, 1750798887, ""),
    ("gpt-realtime-whisper", "realtime", 16 * _K, 2000, 1782864000, ""),
    ("gpt-live-transcribe", "realtime", 16 * _K, 2000, 1788220800, ""),
    ("gpt-live-1", "realtime", 32 * _K, 4096, 1788220800, ""),
    ("gpt-4o-realtime-preview", "realtime", 32 * _K, 4096, 1727659998, ""),
    ("gpt-4o-realtime-preview-2024-10-01", "realtime", 16 * _K, 4096, 1727131766, ""),
    ("gpt-4o-realtime-preview-2024-12-17", "realtime", 16 * _K, 4096, 1733945430, ""),
    ("gpt-4o-realtime-preview-2025-06-03", "realtime", 32 * _K, 4096, 1748907838, ""),
    ("gpt-4o-mini-realtime-preview", "realtime", 16 * _K, 4096, 1734387380, ""),
    ("gpt-4o-mini-realtime-preview-2024-12-17", "realtime", 16 * _K, 4096, 1734112601, ""),
    ("gpt-realtime", "realtime", 32 * _K, 4096, 1756271701, ""),
    ("gpt-realtime-2025-08-28", "realtime", 32 * _K, 4096, 1756271773, ""),
    ("gpt-realtime-mini", "realtime", 32 * _K, 4096, 1759517133, ""),
    ("gpt-realtime-mini-2025-10-06", "realtime", 32 * _K, 4096, 1759517175, ""),
    ("gpt-realtime-mini-2025-12-15", "realtime", 32 * _K, 4096, 1765756800, ""),
    ("gpt-realtime-1.5", "realtime", 32 * _K, 4096, 1771286400, ""),
    ("gpt-realtime-2", "realtime", 32 * _K, 4096, 1777593600, ""),
    ("gpt-realtime-2.1", "realtime", 32 * _K, 4096, 1785542400, ""),
    ("gpt-realtime-2.1-mini", "realtime", 32 * _K, 4096, 1785542400, ""),
    ("omni-moderation-latest", "moderation", 32_768, 0, 1731689265, ""),
    ("omni-moderation-2024-09-26", "moderation", 32_768, 0, 1732734466, ""),
    ("text-moderation-latest", "moderation", 32_768, 0, 1688000000, "no-images"),
    ("text-moderation-stable", "moderation", 32_768, 0, 1688000000, "no-images"),
    ("sora-2", "video", 0, 0, 1759708615, ""),
    ("sora-2-2025-10-06", "video", 0, 0, 1759708800, ""),
    ("sora-2-2025-12-08", "video", 0, 0, 1765152000, ""),
    ("sora-2-pro", "video", 0, 0, 1759708663, ""),
    ("sora-2-pro-2025-10-06", "video", 0, 0, 1759708800, ""),
)

OWNERS = {
    "openai": ("gpt-4", "gpt-4-0613", "gpt-3.5-turbo"),
    "openai-internal": ("whisper-1", "tts-1", "text-embedding-ada-002"),
}
"""Who owns what "system" doesn't."""
