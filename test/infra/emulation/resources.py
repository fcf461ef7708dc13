"""Makes resources of CloudFormation by the API calls behind them: each takes a client's maker and the properties."""

import json
import secrets as random

from template import ACCOUNT, REGION


def lower(node):
    """Names as ECS and CloudWatch Logs have them: with a small first letter."""
    if isinstance(node, list):
        return [lower(one) for one in node]
    if isinstance(node, dict):
        return {key[0].lower() + key[1:]: lower(one) for key, one in node.items()}
    return node


def without(properties, *names):
    return {key: value for key, value in properties.items() if key not in names}


def simple(service, operation, ref, attributes=None, change=lambda properties: properties):
    """A resource that is one call: `ref` and `attributes` say where its answer has what others refer to."""

    def make(client, properties):
        answer = getattr(client(service), operation)(**change(properties))
        made = {"Ref": pick(answer, ref)}
        for name, path in (attributes or {}).items():
            made[name] = pick(answer, path)
        return made

    return make


def pick(answer, path):
    for key in path.split("."):
        answer = answer[int(key)] if key.isdigit() else answer[key]
    return answer


def secret(client, properties):
    wanted = without(properties, "GenerateSecretString", "Tags")
    if "GenerateSecretString" in properties:
        wanted["SecretString"] = client("secretsmanager").get_random_password(**properties["GenerateSecretString"])["RandomPassword"]
    arn = client("secretsmanager").create_secret(**wanted)["ARN"]
    return {"Ref": arn, "Id": arn}


def table(client, properties):
    dynamodb = client("dynamodb")
    [replica] = properties["Replicas"]
    protection = replica["DeletionProtectionEnabled"]
    wanted = without(properties, "Replicas", "TimeToLiveSpecification", "SSESpecification", "WarmThroughput")
    arn = dynamodb.create_table(**wanted, DeletionProtectionEnabled=protection)["TableDescription"]["TableArn"]
    name = properties["TableName"]
    dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=properties["TimeToLiveSpecification"])
    dynamodb.update_continuous_backups(
        TableName=name, PointInTimeRecoverySpecification=replica["PointInTimeRecoverySpecification"]
    )
    return {"Ref": name, "Arn": arn}


def role(client, properties):
    iam = client("iam")
    name = f"role-{random.token_hex(4)}"
    document = json.dumps(properties["AssumeRolePolicyDocument"])
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    for policy in properties.get("Policies", []):
        iam.put_role_policy(RoleName=name, PolicyName=policy["PolicyName"], PolicyDocument=json.dumps(policy["PolicyDocument"]))
    return {"Ref": name, "Arn": arn}


def policy(client, properties):
    for name in properties["Roles"]:
        document = json.dumps(properties["PolicyDocument"])
        client("iam").put_role_policy(RoleName=name, PolicyName=properties["PolicyName"], PolicyDocument=document)
    return {"Ref": properties["PolicyName"]}


def instance_profile(client, properties):
    iam = client("iam")
    name = f"profile-{random.token_hex(4)}"
    arn = iam.create_instance_profile(InstanceProfileName=name)["InstanceProfile"]["Arn"]
    for one in properties["Roles"]:
        iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=one)
    return {"Ref": name, "Arn": arn}


def log_group(client, properties):
    name = f"log-{random.token_hex(4)}"
    client("logs").create_log_group(logGroupName=name)
    client("logs").put_retention_policy(logGroupName=name, retentionInDays=properties["RetentionInDays"])
    return {"Ref": name, "Arn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{name}:*"}


def function(client, properties):
    wanted = without(properties, "Code", "Tags", "LoggingConfig")
    name = f"function-{random.token_hex(4)}"
    code = {"ZipFile": properties["Code"]["ZipFile"].encode()}
    arn = client("lambda").create_function(FunctionName=name, Code=code, **wanted)["FunctionArn"]
    return {"Ref": name, "Arn": arn}


def permission(client, properties):
    client("lambda").add_permission(**properties, StatementId=f"s{random.token_hex(4)}")
    return {"Ref": "permission"}


def balancer(client, properties):
    elb = client("elbv2")
    wanted = without(properties, "LoadBalancerAttributes", "Tags")
    made = elb.create_load_balancer(Name=f"lb-{random.token_hex(4)}", **wanted)["LoadBalancers"][0]
    arn = made["LoadBalancerArn"]
    elb.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=properties["LoadBalancerAttributes"])
    return {
        "Ref": arn,
        "DNSName": made["DNSName"],
        "CanonicalHostedZoneID": made["CanonicalHostedZoneId"],
        "LoadBalancerFullName": arn.split("loadbalancer/")[1],
    }


def target_group(client, properties):
    elb = client("elbv2")
    wanted = without(properties, "TargetGroupAttributes", "Tags", "Targets")
    arn = elb.create_target_group(Name=f"tg-{random.token_hex(4)}", **wanted)["TargetGroups"][0]["TargetGroupArn"]
    for attribute in properties.get("TargetGroupAttributes", []):
        elb.modify_target_group_attributes(TargetGroupArn=arn, Attributes=[attribute])
    return {"Ref": arn, "TargetGroupFullName": arn.split(":")[-1]}


def task_definition(client, properties):
    wanted = lower(without(properties, "Tags"))
    for container in wanted["containerDefinitions"]:
        # Options of a log driver are names of its own.
        given = next(one for one in properties["ContainerDefinitions"] if one["Name"] == container["name"])
        container["logConfiguration"]["options"] = given["LogConfiguration"]["Options"]
    return {"Ref": client("ecs").register_task_definition(**wanted)["taskDefinition"]["taskDefinitionArn"]}


def service(client, properties):
    wanted = lower(without(properties, "Tags", "PlacementStrategies"))
    if "PlacementStrategies" in properties:
        wanted["placementStrategy"] = lower(properties["PlacementStrategies"])
    # CloudFormation begins with one; scaling sets the rest.
    wanted.setdefault("desiredCount", 1)
    made = client("ecs").create_service(serviceName=f"service-{random.token_hex(4)}", **wanted)["service"]
    return {"Ref": made["serviceArn"], "Name": made["serviceName"]}


def cluster(client, properties):
    wanted = {"clusterName": properties["ClusterName"], "settings": lower(properties["ClusterSettings"])}
    made = client("ecs").create_cluster(**wanted)["cluster"]
    return {"Ref": made["clusterName"], "Arn": made["clusterArn"]}


def host_group(client, properties):
    name = "hosts"
    wanted = without(properties, "Tags", "VPCZoneIdentifier", "MetricsCollection", "MinSize", "MaxSize")
    wanted |= {name: int(properties[name]) for name in ("MinSize", "MaxSize")}
    zones = ",".join(properties["VPCZoneIdentifier"])
    client("autoscaling").create_auto_scaling_group(AutoScalingGroupName=name, VPCZoneIdentifier=zones, **wanted)
    return {"Ref": name}


def capacity_provider(client, properties):
    wanted = lower(without(properties, "Tags"))
    wanted["name"] = properties.get("Name", "hosts")
    return {"Ref": client("ecs").create_capacity_provider(**wanted)["capacityProvider"]["name"]}


def capacity_providers(client, properties):
    client("ecs").put_cluster_capacity_providers(**lower(properties))
    return {"Ref": properties["Cluster"]}


def scalable_target(client, properties):
    wanted = without(properties, "RoleARN")
    client("application-autoscaling").register_scalable_target(**wanted)
    return {"Ref": "|".join(wanted[name] for name in ("ResourceId", "ScalableDimension", "ServiceNamespace"))}


def scaling_policy(client, properties):
    resource, dimension, namespace = properties["ScalingTargetId"].split("|")
    wanted = without(properties, "ScalingTargetId")
    wanted |= {"ResourceId": resource, "ScalableDimension": dimension, "ServiceNamespace": namespace}
    return {"Ref": client("application-autoscaling").put_scaling_policy(**wanted)["PolicyARN"]}


def certificate(client, properties):
    wanted = without(properties, "Tags", "DomainValidationOptions", "CertificateExport")
    if "CertificateExport" in properties:
        wanted["Options"] = {"Export": properties["CertificateExport"]}
    arn = client("acm").request_certificate(**wanted)["CertificateArn"]
    return {"Ref": arn}


def schedule(client, properties):
    events = client("events")
    name = f"rule-{random.token_hex(4)}"
    arn = events.put_rule(Name=name, **without(properties, "Targets", "Tags"))["RuleArn"]
    events.put_targets(Rule=name, Targets=properties["Targets"])
    return {"Ref": name, "Arn": arn}
