"""How any model is asked: messages and images in, text and its cost out; on this machine or on a server."""
