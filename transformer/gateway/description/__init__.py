"""The gateway described in OpenAPI: `shapes` of bodies and answers, and the document (`openapi`) that is made of them."""
