"""What a turn can do: the methods of the official client, and how their answers are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from retape.verify.cases import answers
from retape.verify.cases.answers import Answer, Object


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """A row.

    Args:
        name: as turns say it.
        does: for people.
        method: of the client, "chat.completions.create".
        http: what that asks for, for releases of the client that don't have it: "POST /chat/completions".
        read: the answer of a whole object.
        read_stream: the answer of a stream's events; None when it can't stream.
        modelled: whether it takes a model.
        about: the argument that names the object of an earlier answer, "response_id".
        carries: the argument with the conversation: "messages", "input".
        polls: whether it is done again until the answer is over.
    """

    name: str
    does: str
    method: str
    http: str
    read: Callable[[Object], Answer] = answers.thing
    read_stream: Callable[[Sequence[Object]], Answer] | None = None
    modelled: bool = False
    about: str = ""
    carries: str = ""
    polls: bool = False


_ROWS = (
    Action(
        name="chat",
        does="creates a chat completion",
        method="chat.completions.create",
        http="POST /chat/completions",
        read=answers.chat,
        read_stream=answers.chat_stream,
        modelled=True,
        carries="messages",
    ),
    Action(
        name="responses",
        does="creates a response",
        method="responses.create",
        http="POST /responses",
        read=answers.response,
        read_stream=answers.response_stream,
        modelled=True,
        carries="input",
    ),
    Action(
        name="completions",
        does="creates a legacy completion",
        method="completions.create",
        http="POST /completions",
        read=answers.completion,
        read_stream=answers.completion_stream,
        modelled=True,
    ),
    Action(
        name="embeddings",
        does="embeds texts",
        method="embeddings.create",
        http="POST /embeddings",
        read=answers.embeddings,
        modelled=True,
    ),
    Action(name="models", does="lists the models", method="models.list", http="GET /models"),
    Action(name="model", does="reads a model", method="models.retrieve", http="GET /models/{model}", modelled=True),
    Action(
        name="retrieve",
        does="reads the last response again",
        method="responses.retrieve",
        http="GET /responses/{response_id}",
        read=answers.response,
        about="response_id",
    ),
    Action(
        name="resume",
        does="reads the last response's stream again, from where it broke: {starting_after: 3}",
        method="responses.retrieve",
        http="GET /responses/{response_id}",
        read=answers.response,
        read_stream=answers.response_stream,
        about="response_id",
    ),
    Action(
        name="wait",
        does="reads the last response until it is over",
        method="responses.retrieve",
        http="GET /responses/{response_id}",
        read=answers.response,
        about="response_id",
        polls=True,
    ),
    Action(
        name="cancel",
        does="cancels the last response",
        method="responses.cancel",
        http="POST /responses/{response_id}/cancel",
        read=answers.response,
        about="response_id",
    ),
    Action(
        name="delete",
        does="deletes the last response",
        method="responses.delete",
        http="DELETE /responses/{response_id}",
        about="response_id",
    ),
    Action(
        name="input-items",
        does="lists the last response's input",
        method="responses.input_items.list",
        http="GET /responses/{response_id}/input_items",
        about="response_id",
    ),
    Action(
        name="input-tokens",
        does="counts the tokens of a response's input",
        method="responses.input_tokens.count",
        http="POST /responses/input_tokens",
        modelled=True,
    ),
    Action(
        name="compact",
        does="compacts a conversation",
        method="responses.compact",
        http="POST /responses/compact",
        modelled=True,
    ),
    Action(name="conversation", does="makes a conversation", method="conversations.create", http="POST /conversations"),
    Action(
        name="retrieve-chat",
        does="reads the last stored chat completion again",
        method="chat.completions.retrieve",
        http="GET /chat/completions/{completion_id}",
        read=answers.chat,
        about="completion_id",
    ),
    Action(
        name="delete-chat",
        does="deletes the last stored chat completion",
        method="chat.completions.delete",
        http="DELETE /chat/completions/{completion_id}",
        about="completion_id",
    ),
    Action(name="get", does="gets a path as it is: {path: /nothing}", method="get", http="GET {path}"),
    Action(
        name="post",
        does="posts a JSON value to a path: {path: /responses, body: []}",
        method="post",
        http="POST {path}",
    ),
    Action(
        name="post-text",
        does="posts a text to a path as if it were JSON: {path: /responses, text: '{'}",
        method="post",
        http="POST {path}",
    ),
)

ACTIONS: Mapping[str, Action] = {row.name: row for row in _ROWS}
"""Word -> what it does."""

ENDPOINTS: Mapping[str, str] = {
    "chat": "chat",
    "responses": "responses",
    "completions": "completions",
    "embeddings": "embeddings",
    "models": "models",
    "errors": "post",
}
"""A test's endpoint -> what its turns do when they don't say."""
