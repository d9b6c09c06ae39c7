"""The Responses API.

create      POST /responses: what is asked, what is said, and in which form it leaves
stored      what becomes of an answer afterwards: read, streamed again, cancelled, deleted
counting    what an input costs, and what is left of it when it is compacted
whole       the response object
manners     what it says of itself by model
tools       the tools, repeated with their defaults
items       the output's items
hosted      those of tools that run at OpenAI, and of tools that the caller runs for it
cited       the sources that a text names
stream      the events
history     what came before: earlier answers, conversations, items that are named by their id
inputs      an input's items as they are kept
"""
