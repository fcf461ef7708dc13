"""The same for EC2, whose calls want their arguments in other words."""

from resources import pick, without


def made(path):
    """A call without tags, whose answer's `path` is the resource's id."""

    def decorate(call):
        def make(client, properties):
            return {"Ref": pick(call(client("ec2"), without(properties, "Tags")), path)}

        return make

    return decorate


def vpc(client, properties):
    ec2 = client("ec2")
    identifier = ec2.create_vpc(CidrBlock=properties["CidrBlock"])["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=identifier, EnableDnsSupport={"Value": properties["EnableDnsSupport"]})
    ec2.modify_vpc_attribute(VpcId=identifier, EnableDnsHostnames={"Value": properties["EnableDnsHostnames"]})
    return {"Ref": identifier, "CidrBlock": properties["CidrBlock"]}


@made("Subnet.SubnetId")
def subnet(ec2, properties):
    return ec2.create_subnet(**without(properties, "MapPublicIpOnLaunch"))


@made("RouteTable.RouteTableId")
def route_table(ec2, properties):
    return ec2.create_route_table(**properties)


@made("AssociationId")
def association(ec2, properties):
    return ec2.associate_route_table(**properties)


def route(client, properties):
    client("ec2").create_route(**properties)
    return {"Ref": "route"}


@made("InternetGateway.InternetGatewayId")
def internet_gateway(ec2, properties):
    return ec2.create_internet_gateway(**properties)


def gateway_attachment(client, properties):
    client("ec2").attach_internet_gateway(**properties)
    return {"Ref": "attachment"}


@made("TransitGatewayVpcAttachment.TransitGatewayAttachmentId")
def transit_gateway_attachment(ec2, properties):
    return ec2.create_transit_gateway_vpc_attachment(**properties)


@made("VpcEndpoint.VpcEndpointId")
def endpoint(ec2, properties):
    return ec2.create_vpc_endpoint(**properties)


@made("FlowLogIds.0")
def flow_log(ec2, properties):
    wanted = without(properties, "ResourceId")
    return ec2.create_flow_logs(ResourceIds=[properties["ResourceId"]], **wanted)


def address(client, properties):
    given = client("ec2").allocate_address(Domain=properties["Domain"])
    return {"Ref": given["PublicIp"], "AllocationId": given["AllocationId"]}


def launch_template(client, properties):
    data = without(properties["LaunchTemplateData"], "TagSpecifications")
    given = client("ec2").create_launch_template(LaunchTemplateName="hosts", LaunchTemplateData=data)["LaunchTemplate"]
    return {"Ref": given["LaunchTemplateId"], "LatestVersionNumber": str(given["LatestVersionNumber"])}


def permission(rule):
    """A rule of a security group as the API has it."""
    wanted = {"IpProtocol": rule["IpProtocol"], "FromPort": rule["FromPort"], "ToPort": rule["ToPort"]}
    text = rule["Description"]
    if "CidrIp" in rule:
        return {**wanted, "IpRanges": [{"CidrIp": rule["CidrIp"], "Description": text}]}
    other = rule.get("SourceSecurityGroupId") or rule["DestinationSecurityGroupId"]
    return {**wanted, "UserIdGroupPairs": [{"GroupId": other, "Description": text}]}


def security_group(client, properties):
    ec2 = client("ec2")
    text = properties["GroupDescription"]
    name = f"{text} {properties['VpcId']}"
    group = ec2.create_security_group(GroupName=name, Description=text, VpcId=properties["VpcId"])["GroupId"]
    # What AWS puts in by itself: everything may leave.
    ec2.revoke_security_group_egress(
        GroupId=group, IpPermissions=[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    )
    rules = {
        ec2.authorize_security_group_ingress: properties.get("SecurityGroupIngress", []),
        # CDK writes a rule that fits nothing where there is none: an empty list would let AWS's stay.
        ec2.authorize_security_group_egress: [
            rule for rule in properties.get("SecurityGroupEgress", []) if rule.get("CidrIp") != "255.255.255.255/32"
        ],
    }
    for authorize, given in rules.items():
        for rule in given:
            authorize(GroupId=group, IpPermissions=[permission(rule)])
    return {"Ref": group, "GroupId": group}


def ingress(client, properties):
    client("ec2").authorize_security_group_ingress(GroupId=properties["GroupId"], IpPermissions=[permission(properties)])
    return {"Ref": "rule"}


def egress(client, properties):
    client("ec2").authorize_security_group_egress(GroupId=properties["GroupId"], IpPermissions=[permission(properties)])
    return {"Ref": "rule"}
