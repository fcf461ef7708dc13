"""
Deploys synthesised templates to moto, in the order given, and says what became of each resource:

    python deploy.py <port> <folder> <stack>…

Then it serves moto at the port until its input ends. Resources are made by the API calls behind them, so that each
argument is checked by AWS's own model of the call, and what it refers to by moto.
"""

import json
import os
import sys

os.environ.update(AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="x", AWS_DEFAULT_REGION="eu-central-1")

import boto3
from moto.server import ThreadedMotoServer

import network
import resources
from resources import simple, without
from template import Template

MAKERS = {
    "AWS::SecretsManager::Secret": resources.secret,
    "AWS::DynamoDB::GlobalTable": resources.table,
    "AWS::IAM::Role": resources.role,
    "AWS::IAM::Policy": resources.policy,
    "AWS::IAM::InstanceProfile": resources.instance_profile,
    "AWS::Logs::LogGroup": resources.log_group,
    "AWS::Lambda::Function": resources.function,
    "AWS::Lambda::Permission": resources.permission,
    "AWS::EC2::VPC": network.vpc,
    "AWS::EC2::Subnet": network.subnet,
    "AWS::EC2::RouteTable": network.route_table,
    "AWS::EC2::SubnetRouteTableAssociation": network.association,
    "AWS::EC2::Route": network.route,
    "AWS::EC2::InternetGateway": network.internet_gateway,
    "AWS::EC2::VPCGatewayAttachment": network.gateway_attachment,
    "AWS::EC2::TransitGatewayAttachment": network.transit_gateway_attachment,
    "AWS::EC2::VPCEndpoint": network.endpoint,
    "AWS::EC2::FlowLog": network.flow_log,
    "AWS::EC2::EIP": network.address,
    "AWS::EC2::LaunchTemplate": network.launch_template,
    "AWS::EC2::SecurityGroup": network.security_group,
    "AWS::EC2::SecurityGroupIngress": network.ingress,
    "AWS::EC2::SecurityGroupEgress": network.egress,
    "AWS::ElasticLoadBalancingV2::LoadBalancer": resources.balancer,
    "AWS::ElasticLoadBalancingV2::TargetGroup": resources.target_group,
    "AWS::ElasticLoadBalancingV2::Listener": simple(
        "elbv2", "create_listener", "Listeners.0.ListenerArn", change=lambda it: without(it, "ListenerAttributes")
    ),
    "AWS::ElasticLoadBalancingV2::ListenerRule": simple("elbv2", "create_rule", "Rules.0.RuleArn"),
    "AWS::ECS::Cluster": resources.cluster,
    "AWS::ECS::CapacityProvider": resources.capacity_provider,
    "AWS::ECS::ClusterCapacityProviderAssociations": resources.capacity_providers,
    "AWS::AutoScaling::AutoScalingGroup": resources.host_group,
    "AWS::ApplicationAutoScaling::ScalableTarget": resources.scalable_target,
    "AWS::ApplicationAutoScaling::ScalingPolicy": resources.scaling_policy,
    "AWS::ECS::TaskDefinition": resources.task_definition,
    "AWS::ECS::Service": resources.service,
    "AWS::SSM::Parameter": simple(
        "ssm", "put_parameter", "ResponseMetadata.RequestId", change=lambda it: {**it, "Value": str(it["Value"])}
    ),
    "AWS::CertificateManager::Certificate": resources.certificate,
    "AWS::Events::Rule": resources.schedule,
}


def main():
    port, folder, *stacks = sys.argv[1:]
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=int(port), verbose=False)
    server.start()
    endpoint = f"http://127.0.0.1:{port}"

    def client(service):
        return boto3.client(service, endpoint_url=endpoint)

    gateway = client("ec2").create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    image = client("ec2").describe_images()["Images"][0]["ImageId"]
    exports, report = {}, {"made": {}, "left": {}, "failed": []}
    for stack in stacks:
        with open(f"{folder}/{stack}.template.json", encoding="utf8") as file:
            body = json.loads(file.read().replace("tgw-0123456789abcdef0", gateway))
        parameters = {
            name: parameter(client, given, image) for name, given in body.get("Parameters", {}).items()
        }
        template = Template(body, parameters, exports)
        for name in template.order():
            deploy(template, name, client, report)
        template.export()
    print(json.dumps(report), flush=True)
    sys.stdin.read()
    server.stop()


def parameter(client, given, image):
    """The value of a stack's parameter: an image, what another stack has published, or its default."""
    if "Image" in given["Type"]:
        return image
    if given["Type"] == "AWS::SSM::Parameter::Value<String>" and not given["Default"].startswith("/cdk-bootstrap/"):
        return client("ssm").get_parameter(Name=given["Default"])["Parameter"]["Value"]
    return given.get("Default")


def deploy(template, name, client, report):
    resource = template.resources[name]
    kind = resource["Type"]
    if kind == "AWS::CDK::Metadata":
        return
    maker = MAKERS.get(kind)
    template.made[name] = Unmade(name)
    if maker is None:
        report["left"][kind] = report["left"].get(kind, 0) + 1
        return
    try:
        template.made[name] = maker(client, template.value(resource.get("Properties", {})))
        report["made"][kind] = report["made"].get(kind, 0) + 1
    except Exception as error:
        report["failed"].append(f"{name} ({kind}): {type(error).__name__}: {error}")


class Unmade(dict):
    """Stands in for a resource that moto does not know: others can refer to it."""

    def __init__(self, name):
        super().__init__()
        self.name = name

    def __missing__(self, key):
        return f"{self.name}.{key}"


main()
