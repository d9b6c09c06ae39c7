"""Scripts: what a fake is told to say, in Python and in YAML by the same words, and what became of it.

    fake.on(contains="quota").fail(429, times=2, retry_after=1).reply("fine")

    strict: true                  # what a model would make is an error when no rule matches
    fail: {status: 500, times: 1} # for every request, as `fake.fail`
    rules:
      - on: {contains: quota}     # matchers: `matchers.MATCHERS`; all of them have to match
        acts:                     # one a request, in order; `acts.WORDS`
          - fail: {status: 429, retry_after: 1}
            times: 2              # said about the act: `acts.MODIFIERS`
          - reply: fine
            finish: length        # an option stands beside its act
      - on: {tool: get_weather}
        call: {get_weather: {location: Paris}}  # a single act needs no list; several names are called at once
        optional: true

The tables `MATCHERS`, `WORDS` and `MODIFIERS` hold each word once, with what it takes: Python's methods and the YAML
reader both go by them.
"""
