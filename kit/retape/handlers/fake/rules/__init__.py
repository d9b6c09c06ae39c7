"""What a request may hold, endpoint by endpoint, and what OpenAI says to the rest.

shapes     what a value may be: the words in which the tables are written
phrases    what is wrong with a single value, in OpenAI's sentences
relation   a rule between fields, or of a model
rulebook   which rules are on; the first that a request breaks
"""

from retape.handlers.fake.rules.phrases import Finding
from retape.handlers.fake.rules.rulebook import RULES, Rule, Rulebook
from retape.handlers.fake.rules.setting import Setting

__all__ = ["RULES", "Finding", "Rule", "Rulebook", "Setting"]
