"""Resolves a template of CloudFormation as far as CDK writes them: order, references, intrinsic functions."""

import base64

REGION = "eu-central-1"
ACCOUNT = "123456789012"
PSEUDO = {
    "AWS::Region": REGION,
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
}
NO_VALUE = object()


class Template:
    """One stack. `made` has what each resource became: its Ref under "Ref", its attributes under their names."""

    def __init__(self, body, parameters, exports):
        self.resources = body.get("Resources", {})
        self.outputs = body.get("Outputs", {})
        self.parameters = parameters
        self.exports = exports
        self.made = {}

    def order(self):
        """Names of resources, each behind those that it needs."""
        done, under_way = [], set()

        def visit(name):
            if name in done or name not in self.resources:
                return
            if name in under_way:
                raise ValueError(f"{name} needs itself")
            under_way.add(name)
            resource = self.resources[name]
            depends = resource.get("DependsOn", [])
            for other in [depends] if isinstance(depends, str) else depends:
                visit(other)
            for other in references(resource.get("Properties", {})):
                visit(other)
            done.append(name)

        for name in self.resources:
            visit(name)
        return done

    def value(self, node):
        """What a property is once what it refers to is there."""
        if isinstance(node, list):
            return [one for one in map(self.value, node) if one is not NO_VALUE]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            [(key, inner)] = node.items()
            if key == "Ref":
                return self.reference(inner)
            if key.startswith("Fn::"):
                return self.function(key[4:], inner)
        values = {key: self.value(inner) for key, inner in node.items()}
        return {key: value for key, value in values.items() if value is not NO_VALUE}

    def reference(self, name):
        if name == "AWS::NoValue":
            return NO_VALUE
        for known in (PSEUDO, self.parameters):
            if name in known:
                return known[name]
        return self.made[name]["Ref"]

    def function(self, name, node):
        if name == "GetAtt":
            return self.made[node[0]][node[1]]
        if name == "ImportValue":
            return self.exports[self.value(node)]
        if name == "GetAZs":
            return [f"{REGION}{zone}" for zone in "abc"]
        arguments = self.value(node)
        if name == "Join":
            return arguments[0].join(map(str, arguments[1]))
        if name == "Select":
            return arguments[1][int(arguments[0])]
        if name == "Split":
            return arguments[1].split(arguments[0])
        if name == "Base64":
            return base64.b64encode(arguments.encode()).decode()
        raise ValueError(f"Fn::{name} is not known")

    def export(self):
        for output in self.outputs.values():
            if "Export" in output:
                self.exports[self.value(output["Export"]["Name"])] = self.value(output["Value"])


def references(node):
    """Names that a property refers to."""
    if isinstance(node, list):
        return [name for one in node for name in references(one)]
    if not isinstance(node, dict):
        return []
    if isinstance(node.get("Ref"), str):
        return [node["Ref"]]
    if "Fn::GetAtt" in node:
        return [node["Fn::GetAtt"][0]]
    return [name for one in node.values() for name in references(one)]
