### The words that people read, in English. Every language has one such file with the same messages.
### A NOC engineer reads them at three in the morning: a subject, a verb, an object, no images (docs/extending.md).

# How this language is called in its own words, and its code for browsers (BCP 47).
language-name = English
language-code = en

## What joins the parts of a list or of a sentence

list-comma = { ", " }
list-sentences = { " " }

## Pages: chats, mail and other receivers

# What stands before a page: it fires, it is over, or it ended for another reason than that all is well.
receiver-mark-firing = { "[ALERT] " }
receiver-mark-over = { "[OVER] " }
receiver-mark-paused = { "[PAUSED] " }
receiver-mark-tier_changed = { "[CHANGED] " }
receiver-mark-withdrawn = { "[WITHDRAWN] " }
receiver-mark-silence_ended = { "[SILENCE ENDED] " }
receiver-mark-not_hidden = { "[NOT HIDDEN] " }

receiver-digest = { $pages } pages in one message
# The verb, and the line that it begins; where a page is in two languages, both verbs stand before one link.
receiver-acknowledge = Acknowledge
receiver-acknowledge-link = { $verb }: { $url }
